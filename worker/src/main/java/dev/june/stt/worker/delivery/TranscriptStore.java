package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.CloudEvent;
import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.tracing.Stage;
import dev.june.stt.worker.tracing.TraceStep;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** Publishes transcripts. The server keeps one for each utterance and refuses the rest. Any thread. */
public final class TranscriptStore {
    private static final Logger log = LoggerFactory.getLogger(TranscriptStore.class);

    /** JetStream's answer when a subject of TRANSCRIPTS holds its one message already. */
    private static final int MAXIMUM_PER_SUBJECT = 10077;

    /** JetStream's answer when there is a final or a void of the utterance already. */
    private static final int WRONG_LAST_SEQUENCE = 10071;

    private static final int NOT_FOUND = 404;

    private final NatsLink nats;
    private final Subjects subjects;
    private final JsonMapper json;
    private final Clock clock;

    public TranscriptStore(NatsLink nats, Subjects subjects, JsonMapper json, Clock clock) {
        this.nats = nats;
        this.subjects = subjects;
        this.json = json;
        this.clock = clock;
    }

    /** What the server said. */
    public enum Outcome {
        STORED,
        /** It has a transcript of this utterance already; ours was not needed. */
        ALREADY_THERE,
        /** No answer, or an answer that may change: to be tried again with the same id. */
        UNKNOWN
    }

    /**
     * Whether the server has an utterance's final; or its void, unless that is only what a replay may still mend.
     *
     * @throws IOException if the server gives no answer
     * @throws JetStreamApiException if it refuses to say
     */
    boolean isClosed(NumberedUtterance utterance, int replay) throws IOException, JetStreamApiException {
        Origin origin = utterance.about().origin();
        String room = origin.room();
        String identity = origin.participant().identity();
        String subject = replay == 0
                ? subjects.endOf(room, identity, utterance.id())
                : subjects.finalOf(room, identity, utterance.id());
        try {
            nats.management()
                    .getLastMessage(subjects.transcriptsStream(), subject); // the leader has seen every receipt
            return true;
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Stores a final or a void, if there is neither. Waits for the server's receipt.
     *
     * @param replay how often its utterance was put back from the dead letters. A final of a replay stands beside the void that said
     *     failed, under a message id and an event id of its own, and is marked
     */
    Outcome store(Transcript transcript, int replay) {
        try (TraceStep step = TraceStep.within(Stage.PUBLISH, transcript.utteranceId())) {
            if (replay == 0) {
                step.slowIf(Duration.between(endOfSpeech(transcript), clock.instant()));
            }
            Outcome outcome = publish(transcript, replay, step);
            if (outcome == Outcome.UNKNOWN) {
                step.failed("no_answer");
            }
            String said = outcome.name().toLowerCase(Locale.ROOT);
            step.with("stt.publish.outcome", said);
            log.atDebug().addKeyValue("outcome", said).log("a transcript was published");
            return outcome;
        }
    }

    private static Instant endOfSpeech(Transcript transcript) {
        return switch (transcript) {
            case Transcript.Final text -> Instant.parse(text.speech().endedAt());
            case Transcript.Voided none -> Instant.parse(none.speech().endedAt());
            case Transcript.Partial _ -> throw new IllegalArgumentException("partials are not stored");
        };
    }

    private Outcome publish(Transcript transcript, int replay, TraceStep step) {
        String kind = switch (transcript) {
            case Transcript.Final _ -> "final";
            case Transcript.Voided _ -> "void";
            case Transcript.Partial _ -> throw new IllegalArgumentException("partials are not stored");
        };
        String subject = subjects.transcript(
                kind,
                transcript.origin().room(),
                transcript.origin().participant().identity(),
                transcript.utteranceId());
        Headers headers =
                new Headers().add(MessageHeaders.MESSAGE_ID, MessageHeaders.replayId(transcript.utteranceId(), replay));
        if (replay > 0) {
            headers.add(MessageHeaders.REPLAY, Integer.toString(replay));
        }
        step.traceparent().ifPresent(trace -> headers.add(MessageHeaders.TRACEPARENT, trace));
        try {
            PublishAck ack = nats.jetStream()
                    .publish(
                            NatsMessage.builder()
                                    .subject(subject)
                                    .headers(headers)
                                    .data(bytes(
                                            transcript,
                                            MessageHeaders.replayId(transcript.utteranceId(), replay),
                                            replay > 0))
                                    .build(),
                            replay == 0 ? theOnlyOneOf(transcript) : besideTheVoid());
            return ack.isDuplicate() ? Outcome.ALREADY_THERE : Outcome.STORED;
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() == MAXIMUM_PER_SUBJECT || e.getApiErrorCode() == WRONG_LAST_SEQUENCE) {
                return Outcome.ALREADY_THERE;
            }
            log.warn("a transcript was not stored: the server refused it ({})", e.getMessage());
            return Outcome.UNKNOWN;
        } catch (IOException | IllegalStateException e) {
            log.warn("a transcript may not be stored: no answer from NATS ({})", e.toString());
            return Outcome.UNKNOWN;
        }
    }

    /** Neither a final nor a void may be there: the server looks and stores in one step. */
    private PublishOptions theOnlyOneOf(Transcript transcript) {
        return PublishOptions.builder()
                .expectedLastSubjectSequence(0)
                .expectedLastSubjectSequenceSubject(subjects.endOf(
                        transcript.origin().room(),
                        transcript.origin().participant().identity(),
                        transcript.utteranceId()))
                .build();
    }

    /** The subject's limit of one message sees to it that there is one final. */
    private static PublishOptions besideTheVoid() {
        return PublishOptions.builder().build();
    }

    /** Sends a partial; it is lost if nobody listens or NATS is away. Never blocks for an answer. */
    public void send(Transcript.Partial partial) {
        Connection connection = nats.connection();
        if (connection.getStatus() != Connection.Status.CONNECTED) {
            return;
        }
        try {
            connection.publish(
                    subjects.partial(
                            partial.origin().room(),
                            partial.origin().participant().identity()),
                    bytes(partial, partial.utteranceId() + "/" + partial.revision(), false));
        } catch (IllegalStateException e) {
            log.debug("a partial was not sent ({})", e.toString());
        }
    }

    private byte[] bytes(Transcript transcript, String id, boolean replayed) {
        String type = switch (transcript) {
            case Transcript.Final _ -> CloudEvent.FINAL;
            case Transcript.Voided _ -> CloudEvent.VOID;
            case Transcript.Partial _ -> CloudEvent.PARTIAL;
        };
        CloudEvent<Transcript> event = CloudEvent.of(type, id, transcript.origin(), clock.instant(), transcript);
        return json.writeValueAsBytes(replayed ? event.asReplayed() : event);
    }
}
