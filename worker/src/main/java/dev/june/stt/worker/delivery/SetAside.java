package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
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
    private final Ledger ledger;
    private final String worker;

    SetAside(DeadLetters deadLetters, TranscriptStore transcripts, Ledger ledger, String worker) {
        this.deadLetters = deadLetters;
        this.transcripts = transcripts;
        this.ledger = ledger;
        this.worker = worker;
    }

    /** Whether its original may go now. */
    enum Outcome {
        DONE,
        /** It had its transcript: whoever stored that could not say so. */
        WAS_CLOSED,
        /** No answer: to be tried again. */
        UNKNOWN
    }

    /** Ends an utterance that was given out too often: its workers died, or gave no answer in time. */
    Outcome exhausted(NumberedUtterance utterance, DeadLetters.Original original) {
        try {
            if (transcripts.isClosed(utterance, original.replay())) {
                return Outcome.WAS_CLOSED;
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("it is not known whether an utterance has its transcript ({})", e.toString());
            return Outcome.UNKNOWN;
        }
        log.error(
                "utterance {} was given to a worker {} times without an answer and is set aside",
                utterance.id(),
                original.deliveries());
        return failed(
                utterance,
                original,
                MAX_DELIVERIES,
                "given to a worker " + original.deliveries()
                        + " times without an answer: its decodes end the worker or never end");
    }

    Outcome failed(NumberedUtterance utterance, DeadLetters.Original original, String reason, String explanation) {
        DecodeTrace.ended(new Recognition.Failed(reason, explanation));
        if (!deadLetters.store(utterance, original, reason, explanation)) {
            return Outcome.UNKNOWN;
        }
        Transcript.Voided voided = Transcripts.voided(utterance.header(), Transcript.Outcome.FAILED, reason, worker);
        return switch (transcripts.store(voided, original.replay())) {
            case STORED -> {
                if (original.replay() == 0) {
                    ledger.stored(voided);
                }
                yield Outcome.DONE;
            }
            case ALREADY_THERE -> Outcome.DONE;
            case UNKNOWN -> Outcome.UNKNOWN;
        };
    }
}
