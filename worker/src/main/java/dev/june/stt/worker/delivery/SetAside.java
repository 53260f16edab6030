package dev.june.stt.worker.delivery;

import dev.june.stt.worker.recognition.Recognition;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends an utterance that no worker could decode: first the dead letter with its audio, then the void that says failed. Doing it twice does
 * no harm. Any thread.
 */
final class SetAside {
    static final String MAX_DELIVERIES = "max_deliveries";

    private static final Logger log = LoggerFactory.getLogger(SetAside.class);

    private final DeadLetters deadLetters;
    private final TranscriptStore transcripts;
    private final Conclusion conclusion;

    SetAside(DeadLetters deadLetters, TranscriptStore transcripts, Conclusion conclusion) {
        this.deadLetters = deadLetters;
        this.transcripts = transcripts;
        this.conclusion = conclusion;
    }

    /**
     * Ends an utterance that was given out too often: its workers died, or gave no answer in time. One that had its transcript all the
     * same, of which whoever stored it could not say so, is left as it is.
     *
     * @return whether its original may go now; if not, it is to be tried again
     */
    boolean exhausted(NumberedUtterance utterance, DeadLetters.Original original, Runnable stillAtIt)
            throws InterruptedException {
        try {
            if (transcripts.isClosed(utterance, original.replay())) {
                return true;
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("it is not known whether an utterance has its transcript ({})", e.toString());
            return false;
        }
        log.error(
                "utterance {} was given to a worker {} times without an answer and is set aside",
                utterance.id(),
                original.deliveries());
        String explanation = "given to a worker " + original.deliveries()
                + " times without an answer: its decodes end the worker or never end";
        return failed(utterance, original, new Recognition.Failed(MAX_DELIVERIES, explanation), stillAtIt);
    }

    /**
     * @param stillAtIt told before each wait, so that the utterance is not given to another worker meanwhile
     * @return whether its original may go now; if not, it is to be tried again
     */
    boolean failed(
            NumberedUtterance utterance, DeadLetters.Original original, Recognition.Failed failure, Runnable stillAtIt)
            throws InterruptedException {
        DecodeTrace.ended(failure);
        if (!deadLetters.store(utterance, original, failure.reason(), failure.message())) {
            return false;
        }
        conclusion.publish(utterance.header(), failure, original.replay(), stillAtIt);
        return true;
    }
}
