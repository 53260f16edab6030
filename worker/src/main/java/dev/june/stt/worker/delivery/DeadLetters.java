package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.tracing.TraceStep;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets messages aside that nothing mends, whole, with the reason and how often they were tried. The payload is the original one, so that
 * it can be put back as it was. Any thread.
 */
public final class DeadLetters {
    /** A header of a webhook's dead letter, once for each attempt: when, how it failed, what was said. */
    public static final String ATTEMPT_HEADER = "June-Attempt";

    static final String DECODE = "decode";
    static final String APPEND = "append";
    public static final String WEBHOOK = "webhook";

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
        List.of(DECODE, APPEND, WEBHOOK).forEach(this::stored);
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

    /**
     * An utterance as it was in its stream.
     *
     * @param deliveries how often it was given to a worker
     * @param replay how often it was put back from the dead letters
     */
    record Original(String subject, String utteranceId, byte[] data, long sequence, long deliveries, int replay) {
        static Original of(Message message) {
            return new Original(
                    message.getSubject(),
                    header(message.getHeaders(), MessageHeaders.UTTERANCE_ID),
                    message.getData(),
                    message.metaData().streamSequence(),
                    message.metaData().deliveredCount(),
                    replayOf(message.getHeaders()));
        }

        static Original of(MessageInfo stored, byte[] data, long deliveries) {
            return new Original(
                    String.valueOf(stored.getSubject()),
                    header(stored.getHeaders(), MessageHeaders.UTTERANCE_ID),
                    data,
                    stored.getSeq(),
                    deliveries,
                    replayOf(stored.getHeaders()));
        }
    }

    /** @return whether it is safely stored; if not, the original must not be acked */
    boolean store(NumberedUtterance utterance, Original original, String reason, String explanation) {
        String subject = subjects.dead(
                DECODE,
                utterance.about().origin().room(),
                utterance.about().origin().participant().identity(),
                utterance.id());
        return publish(DECODE, subject, utterance.id(), original, reason, explanation);
    }

    /** @return whether it is safely stored; if not, the original must not be acked */
    boolean unreadable(Original original, String explanation) {
        String name = original.utteranceId().isEmpty() ? "sequence-" + original.sequence() : original.utteranceId();
        return publish(APPEND, subjects.dead(APPEND, "", "", name), name, original, "malformed", explanation);
    }

    private boolean publish(
            String stage, String subject, String name, Original original, String reason, String explanation) {
        return store(
                new Letter(
                        stage,
                        subject,
                        "dead/" + stage + "/" + MessageHeaders.replayId(name, original.replay()),
                        original.subject(),
                        reason,
                        explanation,
                        original.deliveries(),
                        List.of()),
                original.data(),
                original.replay());
    }

    /**
     * @param replay how often its message was put back from the dead letters
     * @return whether it is safely stored; if not, the original must not be acked
     */
    public boolean store(Letter letter, byte[] payload, int replay) {
        Headers headers = new Headers()
                .add(MessageHeaders.MESSAGE_ID, letter.id())
                .add(MessageHeaders.REASON, letter.reason())
                .add(MessageHeaders.EXPLANATION, oneLine(letter.explanation()))
                .add(MessageHeaders.SUBJECT, letter.replayTo())
                .add(MessageHeaders.DELIVERIES, Long.toString(letter.tries()))
                .add(MessageHeaders.TIME, clock.instant().toString());
        TraceStep.current()
                .flatMap(TraceStep::traceparent)
                .ifPresent(trace -> headers.add(MessageHeaders.TRACEPARENT, trace));
        letter.attempts().forEach(attempt -> headers.add(ATTEMPT_HEADER, oneLine(attempt)));
        if (replay > 0) {
            headers.add(MessageHeaders.REPLAY, Integer.toString(replay));
        }
        try {
            PublishAck ack = nats.jetStream()
                    .publish(NatsMessage.builder()
                            .subject(letter.subject())
                            .headers(headers)
                            .data(payload)
                            .build());
            if (!ack.isDuplicate()) {
                stored(letter.stage()).increment();
            }
            return true;
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("a dead letter is not stored yet; its message will be given out again ({})", e.toString());
            return false;
        }
    }

    private Counter stored(String stage) {
        return Counter.builder("stt_dead_letters_total")
                .tag("stage", stage)
                .description("Messages set aside after their last try")
                .register(metrics);
    }

    /** A header's value; empty if it is not there. */
    static String header(@Nullable Headers headers, String name) {
        String value = headers == null ? null : headers.getFirst(name);
        return value == null ? "" : value;
    }

    /** How often a message was put back from the dead letters. */
    public static int replayOf(@Nullable Headers headers) {
        String value = header(headers, MessageHeaders.REPLAY);
        return value.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(value) : 0;
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("[^\\x20-\\x7e]", " ");
        return line.length() <= MAX_EXPLANATION ? line : line.substring(0, MAX_EXPLANATION);
    }
}
