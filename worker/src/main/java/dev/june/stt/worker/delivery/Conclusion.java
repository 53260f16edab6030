package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The last step of an utterance: what came of its decode is published, once, and counted. Nothing else ends one. Any thread.
 */
final class Conclusion {
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final TranscriptStore transcripts;
    private final Supplier<String> model;
    private final Ledger ledger;
    private final Clock clock;
    private final String worker;
    private final MeterRegistry metrics;
    private final BiConsumer<SealedUtterance.Header, Transcript> onStored;
    private final Timer latency;

    /**
     * @param model the name of the one that decodes
     * @param onStored told of each transcript that was stored here
     */
    Conclusion(
            TranscriptStore transcripts,
            Supplier<String> model,
            Ledger ledger,
            Clock clock,
            String worker,
            MeterRegistry metrics,
            BiConsumer<SealedUtterance.Header, Transcript> onStored) {
        this.transcripts = transcripts;
        this.model = model;
        this.ledger = ledger;
        this.clock = clock;
        this.worker = worker;
        this.metrics = metrics;
        this.onStored = onStored;
        this.latency = Timer.builder("stt_processing_latency_seconds")
                .description("From the end of speech to the stored transcript")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(100))
                .maximumExpectedValue(Duration.ofSeconds(60))
                .register(metrics);
    }

    /**
     * Stores the transcript, or finds that it is there. Asks until the server answers: a decode is not done twice, and no delivery is used
     * up while NATS is away.
     *
     * @param replay how often its utterance was put back from the dead letters
     * @param stillAtIt told before each wait, so that the utterance is not given to another worker meanwhile
     */
    void publish(NumberedUtterance.Header utterance, Recognition recognition, int replay, Runnable stillAtIt)
            throws InterruptedException {
        Transcript transcript = Transcripts.of(utterance, recognition, model.get(), worker, clock.instant());
        TranscriptStore.Outcome outcome = transcripts.store(transcript, replay);
        boolean ours = outcome == TranscriptStore.Outcome.STORED;
        while (outcome == TranscriptStore.Outcome.UNKNOWN) {
            stillAtIt.run();
            Thread.sleep(RETRY);
            outcome = transcripts.store(transcript, replay);
            ours = true; // if it is there now, the attempt without an answer stored it
        }
        if (ours) {
            count(utterance.sealed(), transcript, replay);
        }
    }

    /** Stores the transcript if that goes at once; the stream's delivery of the utterance sees to the rest. */
    void publishOnce(NumberedUtterance.Header utterance, Recognition recognition) {
        Transcript transcript = Transcripts.of(utterance, recognition, model.get(), worker, clock.instant());
        if (transcripts.store(transcript, 0) == TranscriptStore.Outcome.STORED) {
            count(utterance.sealed(), transcript, 0);
        }
    }

    private void count(SealedUtterance.Header utterance, Transcript transcript, int replay) {
        metrics.counter("stt_transcripts_sent_total", "type", transcript instanceof Transcript.Final ? "final" : "void")
                .increment();
        if (replay == 0) { // a replayed one is in the ledger already, as failed
            ledger.stored(transcript);
            if (!isFailure(transcript)) { // that says how long it was tried, not how fast this worker is
                Duration since = Duration.between(utterance.speechEndedAt(), clock.instant());
                // the clock that says when speech ended may be another's
                latency.record(since.isNegative() ? Duration.ZERO : since);
            }
        }
        onStored.accept(utterance, transcript);
    }

    private static boolean isFailure(Transcript transcript) {
        return transcript instanceof Transcript.Voided voided && voided.outcome() == Transcript.Outcome.FAILED;
    }
}
