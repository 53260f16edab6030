package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what became of utterances. Over a pool {@code opened = final + empty + discarded + failed}, plus what is on its way: being said
 * ({@code stt_utterances_open}), on a spool ({@code stt_spool_utterances}) or waiting in the stream. A difference that stays is
 * somebody's lost sentence. Any thread.
 */
public final class Ledger {
    private static final String NAME = "stt_utterances_total";

    private final Counter opened;
    private final Counter finals;
    private final Counter empty;
    private final Counter discarded;
    private final Counter failed;
    private final Counter lost;
    private final AtomicInteger open = new AtomicInteger();

    public Ledger(MeterRegistry metrics) {
        opened = counter(metrics, "opened");
        finals = counter(metrics, "final");
        empty = counter(metrics, "empty");
        discarded = counter(metrics, "discarded");
        failed = counter(metrics, "failed");
        lost = counter(metrics, "lost");
        Gauge.builder("stt_utterances_open", open, AtomicInteger::get)
                .description("Utterances that are being said, or are over and not yet safe on the disk")
                .register(metrics);
    }

    public void opened() {
        opened.increment();
        open.incrementAndGet();
    }

    /** It is over and safe: from here on it reaches its transcript, whatever happens to this process. */
    public void sealed() {
        open.decrementAndGet();
    }

    /** A defect took it; nothing will be published about it. */
    public void lost() {
        lost.increment();
        open.decrementAndGet();
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
