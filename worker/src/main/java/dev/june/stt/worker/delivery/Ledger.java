package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts what became of utterances. Over a pool {@code opened = final + empty + discarded + failed} plus what is in flight; a
 * difference that stays is somebody's lost sentence. Any thread.
 */
public final class Ledger {
    private static final String NAME = "stt_utterances_total";

    private final Counter opened;
    private final Counter finals;
    private final Counter empty;
    private final Counter discarded;
    private final Counter failed;

    public Ledger(MeterRegistry metrics) {
        opened = counter(metrics, "opened");
        finals = counter(metrics, "final");
        empty = counter(metrics, "empty");
        discarded = counter(metrics, "discarded");
        failed = counter(metrics, "failed");
    }

    public void opened() {
        opened.increment();
    }

    void stored(Transcript transcript) {
        switch (transcript) {
            case Transcript.Final _ -> finals.increment();
            case Transcript.Voided voided -> {
                switch (voided.outcome()) {
                    case EMPTY -> empty.increment();
                    case DISCARDED -> discarded.increment();
                    case FAILED -> failed.increment();
                }
            }
            case Transcript.Partial _ -> throw new IllegalArgumentException("a partial ends no utterance");
        }
    }

    private static Counter counter(MeterRegistry metrics, String state) {
        return Counter.builder(NAME)
                .tag("state", state)
                .description("Utterances opened, and how they ended")
                .register(metrics);
    }
}
