package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.WorkerHealth;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.Vitals;
import java.util.function.Supplier;

/** What this worker says of its own health. Any thread. */
final class OwnHealth implements Supplier<WorkerHealth> {
    private static final int MOST_FAILURES = 100;

    private final Supplier<Recognizer> recognizer;
    private final MemoryUse memory;

    OwnHealth(Supplier<Recognizer> recognizer, MemoryUse memory) {
        this.recognizer = recognizer;
        this.memory = memory;
    }

    @Override
    public WorkerHealth get() {
        Recognizer current = recognizer.get();
        Vitals vitals = current.vitals();
        return new WorkerHealth(
                current.isStuck(),
                vitals.stalled().toSeconds() / 10 * 10,
                Math.min(vitals.failuresInARow(), MOST_FAILURES),
                memory.percent());
    }
}
