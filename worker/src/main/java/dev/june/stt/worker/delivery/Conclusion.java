package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** The last step of an utterance: what came of its decode is published, once, and counted. Any thread. */
final class Conclusion {
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** A store that gives no answer is asked again here before the utterance is given out anew, which would decode it again. */
    private static final int TRIES = 4;

    private final TranscriptStore transcripts;
    private final Supplier<String> model;
    private final Ledger ledger;
    private final Clock clock;
    private final String worker;
    private final MeterRegistry metrics;
    private final BiConsumer<SealedUtterance.Header, Transcript> onStored;
    private final Timer latency;

    Conclusion(DecodeLoop.Parts parts) {
        this.transcripts = parts.transcripts();
        this.model = () -> parts.recognizer().get().model();
        this.ledger = parts.ledger();
        this.clock = parts.clock();
        this.worker = parts.worker();
        this.metrics = parts.metrics();
        this.onStored = parts.onStored();
        this.latency = Timer.builder("stt_processing_latency_seconds")
                .description("From the end of speech to the stored transcript")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(100))
                .maximumExpectedValue(Duration.ofSeconds(60))
                .register(metrics);
    }

    /**
     * Stores the transcript, or finds that it is there.
     *
     * @param stillAtIt told before each wait, so that the utterance is not given to another worker meanwhile
     * @return false if it is not known to be stored: the utterance must not be acked
     */
    boolean publish(NumberedUtterance.Header utterance, Recognition recognition, Runnable stillAtIt)
            throws InterruptedException {
        Transcript transcript = Transcripts.of(utterance, recognition, model.get(), worker, clock.instant());
        boolean unsure = false;
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            switch (transcripts.store(transcript)) {
                case STORED -> {
                    count(utterance.sealed(), transcript);
                    return true;
                }
                case ALREADY_THERE -> {
                    if (unsure) {
                        count(utterance.sealed(), transcript); // by an attempt of ours whose answer was lost
                    }
                    return true;
                }
                case UNKNOWN -> {
                    unsure = true;
                    stillAtIt.run();
                    Thread.sleep(RETRY);
                }
            }
        }
        return false;
    }

    /** Stores the transcript if that goes at once; the stream's delivery of the utterance sees to the rest. */
    void publishOnce(NumberedUtterance.Header utterance, Recognition recognition) {
        Transcript transcript = Transcripts.of(utterance, recognition, model.get(), worker, clock.instant());
        if (transcripts.store(transcript) == TranscriptStore.Outcome.STORED) {
            count(utterance.sealed(), transcript);
        }
    }

    private void count(SealedUtterance.Header utterance, Transcript transcript) {
        ledger.stored(transcript);
        metrics.counter("stt_transcripts_sent_total", "type", transcript instanceof Transcript.Final ? "final" : "void")
                .increment();
        Duration since = Duration.between(utterance.speechEndedAt(), clock.instant());
        latency.record(since.isNegative() ? Duration.ZERO : since); // the clock that says when speech ended may be another's
        onStored.accept(utterance, transcript);
    }
}
