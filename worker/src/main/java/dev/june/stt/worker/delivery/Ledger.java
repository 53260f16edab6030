package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Counts what became of utterances. Over a pool {@code opened = final + empty + discarded + failed}, plus what is on its way: being said
 * ({@code stt_utterances_open}), on a spool ({@code stt_spool_utterances}) or waiting in the stream. A difference that stays is
 * somebody's lost sentence. Any thread.
 */
public final class Ledger {
    private static final String NAME = "stt_utterances_total";

    private static final List<String> STATES = List.of("opened", "final", "empty", "discarded", "failed", "lost");

    private final MeterRegistry metrics;
    private final Consumer<Transcript> closed;
    private final AtomicInteger open = new AtomicInteger();

    public Ledger(MeterRegistry metrics) {
        this(metrics, _ -> {});
    }

    /** @param closed told of each utterance that this worker closed; from any thread */
    public Ledger(MeterRegistry metrics, Consumer<Transcript> closed) {
        this.metrics = metrics;
        this.closed = closed;
        STATES.forEach(state -> counter(state, "")); // seen as zero from the start
        Gauge.builder("stt_utterances_open", open, AtomicInteger::get)
                .description("Utterances that are being said, or are over and not yet safe on the disk")
                .register(metrics);
    }

    public void opened(String variant) {
        counter("opened", variant).increment();
        open.incrementAndGet();
    }

    /** It is over and safe: from here on it reaches its transcript, whatever happens to this process. */
    public void sealed() {
        open.decrementAndGet();
    }

    /** A defect took it; nothing will be published about it. */
    public void lost(String variant) {
        counter("lost", variant).increment();
        open.decrementAndGet();
    }

    void stored(Transcript transcript) {
        switch (transcript) {
            case Transcript.Final text -> counter("final", text.variant()).increment();
            case Transcript.Voided voided -> {
                String state = switch (voided.outcome()) {
                    case EMPTY -> "empty";
                    case DISCARDED -> "discarded";
                    case FAILED -> "failed";
                };
                counter(state, voided.variant()).increment();
            }
            case Transcript.Partial _ -> throw new IllegalArgumentException("a partial ends no utterance");
        }
        closed.accept(transcript);
    }

    private Counter counter(String state, String variant) {
        return Counter.builder(NAME)
                .tag("state", state)
                .tag("variant", variant)
                .description("Utterances opened, and how they ended")
                .register(metrics);
    }
}
