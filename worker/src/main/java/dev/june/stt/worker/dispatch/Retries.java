package dev.june.stt.worker.dispatch;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DeadLetters;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.tracing.TraceStep;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.nats.client.support.NatsJetStreamConstants;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parks a delivery until its next attempt: a message in the RETRY stream that the server publishes anew when its time has come. Nothing is
 * held in a consumer meanwhile, and no worker needs to remember it. Any thread.
 */
final class Retries {
    /** When the transcript was stored; the message that the server makes has a time of its own. */
    private static final String STORED_HEADER = "June-Stored";

    private static final String REPLAYED = "=replay=";

    private static final Logger log = LoggerFactory.getLogger(Retries.class);

    private final NatsLink nats;
    private final Subjects subjects;

    Retries(NatsLink nats, Subjects subjects) {
        this.nats = nats;
        this.subjects = subjects;
    }

    /**
     * One for each stored event: a second one takes the place of the first, so it can be repeated.
     *
     * @return whether it is safely stored; if not, the original must not be acked
     */
    boolean park(Message original, Attempts attempts, Instant until) {
        String tail = tail(original);
        Headers headers = new Headers()
                .add(NatsJetStreamConstants.NATS_SCHEDULE_HDR, "@at " + until)
                .add(NatsJetStreamConstants.NATS_SCHEDULE_TARGET_HDR, subjects.dueOf(tail))
                .add(STORED_HEADER, storedAt(original).toString())
                .add(DeadLetters.ATTEMPT_HEADER, attempts.lines());
        replay(original).ifPresent(mark -> headers.add(MessageHeaders.REPLAY, mark));
        TraceStep.current()
                .flatMap(TraceStep::traceparentOfRetry)
                .ifPresent(trace -> headers.add(MessageHeaders.TRACEPARENT, trace));
        try {
            nats.jetStream()
                    .publish(NatsMessage.builder()
                            .subject(subjects.retryOf(tail))
                            .headers(headers)
                            .data(original.getData())
                            .build());
            return true;
        } catch (JetStreamApiException e) {
            log.warn("a delivery cannot be parked: the server refuses it ({})", e.getMessage());
            return false;
        } catch (IOException | IllegalStateException e) {
            log.warn("a delivery may not be parked: no answer from NATS ({})", e.toString());
            return false;
        }
    }

    /**
     * Room, participant and utterance, as the end of a subject. A final that was put back stands beside the void of its utterance: neither
     * may take the other's place.
     */
    static String tail(Message message) {
        String tail = Subjects.tail(message.getSubject());
        return tail.contains(REPLAYED)
                ? tail
                : replay(message)
                        .map(mark -> tail + REPLAYED + Subjects.token(mark))
                        .orElse(tail);
    }

    /** Room, participant and utterance alone. */
    static String utterance(Message message) {
        String tail = Subjects.tail(message.getSubject());
        int mark = tail.indexOf(REPLAYED);
        return mark < 0 ? tail : tail.substring(0, mark);
    }

    /** When the transcript was stored that this message is or was. */
    static Instant storedAt(Message message) {
        return header(message, STORED_HEADER)
                .map(Instant::parse)
                .orElseGet(() -> message.metaData().timestamp().toInstant());
    }

    /** The trace that the message belongs to. */
    static Optional<String> traceparent(Message message) {
        return header(message, MessageHeaders.TRACEPARENT);
    }

    /** Set by who replays a dead letter, kept through the retries, shown to the receiver. */
    static Optional<String> replay(Message message) {
        return header(message, MessageHeaders.REPLAY);
    }

    private static Optional<String> header(Message message, String name) {
        Headers headers = message.getHeaders();
        return headers == null ? Optional.empty() : Optional.ofNullable(headers.getFirst(name));
    }
}
