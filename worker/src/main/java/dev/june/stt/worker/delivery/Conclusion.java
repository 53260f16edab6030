package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiConsumer;

/** The last step of an utterance: what came of its decode is published, once, and counted. Any thread. */
final class Conclusion {
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final TranscriptStore transcripts;
    private final Recognizers recognizers;
    private final Ledger ledger;
    private final Clock clock;
    private final String worker;
    private final MeterRegistry metrics;
    private final BiConsumer<SealedUtterance.Header, Transcript> onStored;

    Conclusion(DecodeLoop.Parts parts) {
        this.transcripts = parts.transcripts();
        this.recognizers = parts.recognizer();
        this.ledger = parts.ledger();
        this.clock = parts.clock();
        this.worker = parts.worker();
        this.metrics = parts.metrics();
        this.onStored = parts.onStored();
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
        Transcript transcript = transcript(utterance, recognition);
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
        Transcript transcript = transcript(utterance, recognition);
        if (transcripts.store(transcript, 0) == TranscriptStore.Outcome.STORED) {
            count(utterance.sealed(), transcript, 0);
        }
    }

    /** It says who made it: a variant that is not known here, or no longer, was decoded as the pipeline itself. */
    private Transcript transcript(NumberedUtterance.Header utterance, Recognition recognition) {
        String variant = utterance.sealed().variant();
        return Transcripts.of(
                utterance,
                recognition,
                recognizers.knows(variant) ? variant : "",
                recognizers.of(variant).model(),
                worker,
                clock.instant());
    }

    private void count(SealedUtterance.Header utterance, Transcript transcript, int replay) {
        metrics.counter(
                        "stt_transcripts_sent_total",
                        "type",
                        transcript instanceof Transcript.Final ? "final" : "void",
                        "variant",
                        transcript.variant())
                .increment();
        if (replay == 0) { // a replayed one is in the ledger already, as failed
            ledger.stored(transcript);
            Duration since = Duration.between(utterance.speechEndedAt(), clock.instant());
            latency(transcript.variant())
                    .record(
                            since.isNegative()
                                    ? Duration.ZERO
                                    : since); // the clock that says when speech ended may be another's
        }
        onStored.accept(utterance, transcript);
    }

    private Timer latency(String variant) {
        return Timer.builder("stt_processing_latency_seconds")
                .description("From the end of speech to the stored transcript")
                .tag("variant", variant)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(100))
                .maximumExpectedValue(Duration.ofSeconds(60))
                .register(metrics);
    }
}
