package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets messages aside that nothing mends, whole, with the reason and how often they were tried. The payload is the original one, so that
 * it can be put back as it was. Any thread.
 */
public final class DeadLetters {
    /** A header of a webhook's dead letter, once for each attempt: when, how it failed, what was said. */
    public static final String ATTEMPT_HEADER = "June-Attempt";

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);
    private static final int MAX_EXPLANATION = 500;

    private final NatsLink nats;
    private final Subjects subjects;
    private final Clock clock;
    private final MeterRegistry metrics;

    public DeadLetters(NatsLink nats, Subjects subjects, Clock clock, MeterRegistry metrics) {
        this.nats = nats;
        this.subjects = subjects;
        this.clock = clock;
        this.metrics = metrics;
    }

    /**
     * A message that is to be set aside.
     *
     * @param subject where it is kept
     * @param id what makes it one: a second letter with the same id is the same
     * @param replayTo the subject on which it would be tried again
     * @param reason a fixed name
     * @param explanation the last error, for people; never words that were spoken
     * @param tries how often it was tried
     * @param attempts each of them, where they are known
     */
    public record Letter(
            String stage,
            String subject,
            String id,
            String replayTo,
            String reason,
            String explanation,
            long tries,
            List<String> attempts) {
        public Letter {
            attempts = List.copyOf(attempts);
        }
    }

    /** @return whether it is safely stored; if not, the original must not be acked */
    boolean store(String stage, NumberedUtterance utterance, Message original, String reason, String explanation) {
        String subject = subjects.dead(
                stage,
                utterance.about().origin().room(),
                utterance.about().origin().participant().identity(),
                utterance.id());
        return store(
                letter(stage, subject, "dead/" + stage + "/" + utterance.id(), original, reason, explanation),
                original.getData());
    }

    boolean unreadable(Message original, String explanation) {
        String id = DecodeLoop.header(original, Outbox.ID_HEADER);
        String name = id.isEmpty() ? "sequence-" + original.metaData().streamSequence() : id;
        return store(
                letter(
                        "append",
                        subjects.dead("append", "", "", name),
                        "dead/append/" + name,
                        original,
                        "malformed",
                        explanation),
                original.getData());
    }

    /** @return whether it is safely stored; if not, the original must not be acked */
    public boolean store(Letter letter, byte[] payload) {
        Headers headers = new Headers()
                .add("Nats-Msg-Id", letter.id())
                .add("June-Reason", letter.reason())
                .add("June-Explanation", oneLine(letter.explanation()))
                .add("June-Subject", letter.replayTo())
                .add("June-Deliveries", Long.toString(letter.tries()))
                .add("June-Time", clock.instant().toString());
        letter.attempts().forEach(attempt -> headers.add(ATTEMPT_HEADER, oneLine(attempt)));
        try {
            nats.jetStream()
                    .publish(NatsMessage.builder()
                            .subject(letter.subject())
                            .headers(headers)
                            .data(payload)
                            .build());
            Counter.builder("stt_dead_letters_total")
                    .tag("stage", letter.stage())
                    .description("Messages set aside after their last try")
                    .register(metrics)
                    .increment();
            return true;
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("a dead letter is not stored yet; its message will be given out again ({})", e.toString());
            return false;
        }
    }

    private static Letter letter(
            String stage, String subject, String id, Message original, String reason, String explanation) {
        return new Letter(
                stage,
                subject,
                id,
                original.getSubject(),
                reason,
                explanation,
                original.metaData().deliveredCount(),
                List.of());
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("[^\\x20-\\x7e]", " ");
        return line.length() <= MAX_EXPLANATION ? line : line.substring(0, MAX_EXPLANATION);
    }
}
