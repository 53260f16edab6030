package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The last step of an utterance: what came of its decode is published, once, and counted. Nothing else ends one. Any thread.
 */
final class Conclusion {
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final TranscriptStore transcripts;
    private final Function<String, Maker> makers;
    private final Ledger ledger;
    private final Clock clock;
    private final String worker;
    private final BiConsumer<SealedUtterance.Header, Transcript> onStored;
    private final MeterRegistry metrics;
    private final StageLatency stages;
    private final Counter retries;
    private final Counter refused;

    /**
     * Who made a transcript.
     *
     * @param variant as which it was decoded; empty for the pipeline itself, also where the utterance's own is not known, or no longer
     * @param model the model's name
     */
    record Maker(String variant, String model) {
        static Maker among(Recognizers recognizers, String variant) {
            return new Maker(
                    recognizers.knows(variant) ? variant : "",
                    recognizers.of(variant).model());
        }
    }

    /**
     * @param makers who decodes the utterances of a variant
     * @param onStored told of each transcript that was stored here
     */
    Conclusion(
            TranscriptStore transcripts,
            Function<String, Maker> makers,
            Ledger ledger,
            Clock clock,
            String worker,
            MeterRegistry metrics,
            BiConsumer<SealedUtterance.Header, Transcript> onStored) {
        this.transcripts = transcripts;
        this.makers = makers;
        this.ledger = ledger;
        this.clock = clock;
        this.worker = worker;
        this.onStored = onStored;
        this.metrics = metrics;
        this.stages = new StageLatency(metrics);
        this.retries = Outbox.retries(metrics, "final");
        this.refused = Counter.builder("stt_duplicates_refused_total")
                .description("Transcripts that were not stored, as the server had one of their utterance")
                .register(metrics);
        sent("final", ""); // there from the start
        sent("void", "");
        latency("");
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
        long begin = System.nanoTime();
        TranscriptStore.Outcome outcome = transcripts.store(transcript, replay);
        boolean ours = outcome == TranscriptStore.Outcome.STORED;
        while (outcome == TranscriptStore.Outcome.UNKNOWN) {
            retries.increment();
            stillAtIt.run();
            Thread.sleep(RETRY);
            outcome = transcripts.store(transcript, replay);
            ours = true; // if it is there now, the attempt without an answer stored it
        }
        if (ours) {
            count(utterance.sealed(), transcript, replay, begin);
        } else {
            refused.increment();
        }
    }

    /** Stores the transcript if that goes at once; the stream's delivery of the utterance sees to the rest. */
    void publishOnce(NumberedUtterance.Header utterance, Recognition recognition) {
        Transcript transcript = transcript(utterance, recognition);
        long begin = System.nanoTime();
        switch (transcripts.store(transcript, 0)) {
            case STORED -> count(utterance.sealed(), transcript, 0, begin);
            case ALREADY_THERE -> refused.increment();
            case UNKNOWN -> {}
        }
    }

    private Transcript transcript(NumberedUtterance.Header utterance, Recognition recognition) {
        DecodeTrace.ended(recognition);
        Maker maker = makers.apply(utterance.sealed().variant());
        return Transcripts.of(utterance, recognition, maker.variant(), maker.model(), worker, clock.instant());
    }

    /** @param begin when the server was first asked to store it */
    private void count(SealedUtterance.Header utterance, Transcript transcript, int replay, long begin) {
        sent(transcript instanceof Transcript.Final ? "final" : "void", transcript.variant())
                .increment();
        if (replay == 0) { // a replayed one is in the ledger already, as failed
            ledger.stored(transcript);
            if (!isFailure(transcript)) { // that says how long it was tried, not how fast this worker is
                Duration since = Duration.between(utterance.speechEndedAt(), clock.instant());
                // the clock that says when speech ended may be another's
                latency(transcript.variant()).record(since.isNegative() ? Duration.ZERO : since);
            }
            if (transcript instanceof Transcript.Final text) {
                stages.stored(text, Duration.ofNanos(System.nanoTime() - begin));
            }
        }
        onStored.accept(utterance, transcript);
    }

    private Counter sent(String type, String variant) {
        return Counter.builder("stt_transcripts_sent_total")
                .tag("type", type)
                .tag("variant", variant)
                .description("Transcripts stored in the stream, and partials sent")
                .register(metrics);
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

    private static boolean isFailure(Transcript transcript) {
        return transcript instanceof Transcript.Voided voided && voided.outcome() == Transcript.Outcome.FAILED;
    }
}
