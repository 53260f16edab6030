package dev.june.stt.worker.deadletters;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.util.List;

/** What putting a dead letter back publishes. Pure. */
final class Replays {
    private Replays() {}

    /** A dead letter that cannot be put back; the message is for people. */
    static final class NotReplayable extends RuntimeException {
        NotReplayable(String message) {
            super(message);
        }
    }

    static final List<String> STAGES = List.of("decode", "append", "webhook");

    /**
     * The original payload, under a message id of its own: the server forgets an id neither by an ack nor within the duplicate window. The
     * same dead letter always gives the same id, so that a replay whose receipt was lost can be tried again.
     *
     * @throws NotReplayable if its headers do not say where it belongs
     */
    static Message of(DeadLetter letter, byte[] payload, Subjects subjects) {
        int replay = letter.replays() + 1;
        String id = MessageHeaders.replayId(letter.utteranceId(), replay);
        Headers headers = new Headers()
                // An utterance may have several letters of the webhook: its void's and, after a replay, its final's.
                .add(MessageHeaders.MESSAGE_ID, letter.stage().equals("webhook") ? id + "/" + letter.sequence() : id)
                .add(MessageHeaders.UTTERANCE_ID, letter.utteranceId())
                .add(MessageHeaders.REPLAY, Integer.toString(replay));
        if (!letter.traceparent().isEmpty()) {
            headers.add(MessageHeaders.TRACEPARENT, letter.traceparent());
        }
        String subject = switch (letter.stage()) {
            case "decode", "append" -> within(subjects.utterances(), letter);
            case "webhook" -> within(due(subjects), letter);
            default -> throw new NotReplayable("stage: expected decode, append or webhook, got " + letter.stage());
        };
        return NatsMessage.builder()
                .subject(subject)
                .headers(headers)
                .data(payload)
                .build();
    }

    private static String within(String subjects, DeadLetter letter) {
        String prefix = subjects.substring(0, subjects.length() - 1);
        if (!letter.originalSubject().startsWith(prefix)
                || letter.originalSubject().matches(".*[*>\\s].*")) {
            throw new NotReplayable(
                    MessageHeaders.SUBJECT + ": expected one below " + subjects + ", got " + letter.originalSubject());
        }
        return letter.originalSubject();
    }

    /** Where the dispatcher takes deliveries from whose time has come. */
    private static String due(Subjects subjects) {
        return subjects.finals().replace(".final.>", ".due.>");
    }
}
