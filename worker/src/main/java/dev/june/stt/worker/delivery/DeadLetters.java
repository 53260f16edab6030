package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets messages aside that nothing mends, whole, with the reason and how often they were tried. The payload is the original one, so that
 * it can be put back as it was. Any thread.
 */
final class DeadLetters {
    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);
    private static final int MAX_EXPLANATION = 500;

    private final NatsLink nats;
    private final Subjects subjects;
    private final Clock clock;

    DeadLetters(NatsLink nats, Subjects subjects, Clock clock) {
        this.nats = nats;
        this.subjects = subjects;
        this.clock = clock;
    }

    /** @return whether it is safely stored; if not, the original must not be acked */
    boolean store(String stage, NumberedUtterance utterance, Message original, String reason, String explanation) {
        String subject = subjects.dead(
                stage,
                utterance.about().origin().room(),
                utterance.about().origin().participant().identity(),
                utterance.id());
        return publish(subject, "dead/" + stage + "/" + utterance.id(), original, reason, explanation);
    }

    boolean unreadable(Message original, String explanation) {
        String id = DecodeLoop.header(original, Outbox.ID_HEADER);
        String name = id.isEmpty() ? "sequence-" + original.metaData().streamSequence() : id;
        return publish(
                subjects.dead("append", "", "", name), "dead/append/" + name, original, "malformed", explanation);
    }

    private boolean publish(String subject, String id, Message original, String reason, String explanation) {
        Headers headers = new Headers()
                .add("Nats-Msg-Id", id)
                .add("June-Reason", reason)
                .add("June-Explanation", oneLine(explanation))
                .add("June-Subject", original.getSubject())
                .add("June-Deliveries", Long.toString(original.metaData().deliveredCount()))
                .add("June-Time", clock.instant().toString());
        try {
            nats.jetStream()
                    .publish(NatsMessage.builder()
                            .subject(subject)
                            .headers(headers)
                            .data(original.getData())
                            .build());
            return true;
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("a dead letter is not stored yet; its message will be given out again ({})", e.toString());
            return false;
        }
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("[^\\x20-\\x7e]", " ");
        return line.length() <= MAX_EXPLANATION ? line : line.substring(0, MAX_EXPLANATION);
    }
}
