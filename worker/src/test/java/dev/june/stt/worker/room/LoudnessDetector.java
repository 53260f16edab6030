package dev.june.stt.worker.room;

import dev.june.stt.worker.vad.SpeechDetector;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes loud windows for speech and quiet ones for silence; counts the detectors that are open. */
final class LoudnessDetector implements SpeechDetector.Factory {
    final AtomicInteger open = new AtomicInteger();
    private final AtomicBoolean broken = new AtomicBoolean();

    /** A defect of ours. */
    static final class Broken extends RuntimeException {}

    /** The next window that any of its detectors hears fails. */
    void breakOnce() {
        broken.set(true);
    }

    @Override
    public SpeechDetector create() {
        open.incrementAndGet();
        return new SpeechDetector() {
            @Override
            public float probability(short[] window) {
                if (broken.getAndSet(false)) {
                    throw new Broken();
                }
                long sum = 0;
                for (short sample : window) {
                    sum += Math.abs(sample);
                }
                return sum / window.length > 1_000 ? 0.95f : 0.02f;
            }

            @Override
            public void reset() {}

            @Override
            public void close() {
                open.decrementAndGet();
            }
        };
    }

    @Override
    public void close() {}
}
