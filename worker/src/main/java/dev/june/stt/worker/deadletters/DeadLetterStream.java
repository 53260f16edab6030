package dev.june.stt.worker.deadletters;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Pull;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Reads the DEADLETTERS stream. Looking through it takes the headers alone, a bounded number at a time, so that memory does not depend on
 * how many there are or how long they speak. Any thread.
 */
final class DeadLetterStream {
    private static final int NOT_FOUND = 404;
    private static final Duration UNUSED = Duration.ofSeconds(30);
    private static final Duration WAIT = Duration.ofSeconds(5);
    private static final int BATCH = 500;

    /** Looked at for one page at the most, whether or not they are meant. */
    private static final int MAX_SCANNED = 20_000;

    private final NatsLink nats;
    private final Subjects subjects;

    DeadLetterStream(NatsLink nats, Subjects subjects) {
        this.nats = nats;
        this.subjects = subjects;
    }

    /**
     * A part of what is meant.
     *
     * @param next where to go on; empty at the end
     */
    record Page(List<DeadLetter> letters, OptionalLong next) {}

    /** A dead letter with its payload. */
    record Whole(DeadLetter letter, byte[] payload) {}

    /** How many there are, and the last one's sequence. */
    record Extent(long count, long last) {}

    Extent extent() throws IOException, JetStreamApiException {
        var state =
                nats.management().getStreamInfo(subjects.deadLettersStream()).getStreamState();
        return new Extent(state.getMsgCount(), state.getLastSequence());
    }

    Optional<Whole> find(long sequence) throws IOException, JetStreamApiException {
        try {
            MessageInfo found = nats.management().getMessage(subjects.deadLettersStream(), sequence);
            byte[] payload = found.getData() == null ? new byte[0] : found.getData();
            return Optional.of(new Whole(
                    DeadLetter.of(
                            found.getSeq(),
                            String.valueOf(found.getSubject()),
                            found.getTime().toInstant(),
                            found.getHeaders(),
                            payload.length),
                    payload));
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Removes one; one that is gone already is no failure. */
    void remove(long sequence) throws IOException, JetStreamApiException {
        try {
            nats.management().deleteMessage(subjects.deadLettersStream(), sequence, false);
        } catch (JetStreamApiException e) {
            if (find(sequence).isPresent()) {
                throw e;
            }
        }
    }

    /** The first ones that are meant, oldest first. */
    Page page(Selection selection, int limit) throws IOException, JetStreamApiException, InterruptedException {
        JetStreamManagement management = nats.management();
        String stream = subjects.deadLettersStream();
        String name = "page-" + UUID.randomUUID();
        ConsumerInfo cursor = management.addOrUpdateConsumer(stream, cursor(name, selection));
        try {
            return cursor.getNumPending() == 0 // known at once, while a pull would wait for what may come
                    ? new Page(List.of(), OptionalLong.empty())
                    : read(selection, limit, name);
        } finally {
            management.deleteConsumer(stream, name);
        }
    }

    private ConsumerConfiguration cursor(String name, Selection selection) {
        ConsumerConfiguration.Builder cursor = ConsumerConfiguration.builder()
                .name(name)
                .ackPolicy(AckPolicy.None)
                .headersOnly(true)
                .memStorage(true)
                .numReplicas(1)
                .inactiveThreshold(UNUSED)
                .filterSubject(
                        selection.stage() == null
                                ? subjects.deadLetters()
                                : subjects.deadLetters().replace(">", Subjects.token(selection.stage()) + ".>"));
        // A sequence goes on where the last page ended, a time finds the first: where both are said, the selection
        // checks the other.
        return selection.since() != null && selection.from() <= 1
                ? cursor.deliverPolicy(DeliverPolicy.ByStartTime)
                        .startTime(selection.since().atZone(java.time.ZoneOffset.UTC))
                        .build()
                : cursor.deliverPolicy(DeliverPolicy.ByStartSequence)
                        .startSequence(Math.max(1, selection.from()))
                        .build();
    }

    private Page read(Selection selection, int limit, String consumer)
            throws IOException, JetStreamApiException, InterruptedException {
        List<DeadLetter> letters = new ArrayList<>();
        FetchConsumeOptions options = FetchConsumeOptions.builder()
                .maxMessages(BATCH)
                .noWaitExpiresIn(WAIT.toMillis())
                .build();
        ConsumerContext context =
                nats.connection().getStreamContext(subjects.deadLettersStream()).getConsumerContext(consumer);
        for (int scanned = 0; ; ) {
            try (Pull pull = Pull.from(context, options)) {
                int before = scanned;
                for (Optional<Message> next = pull.next(); next.isPresent(); next = pull.next()) {
                    scanned++;
                    DeadLetter letter = letterOf(next.get());
                    if (selection.isBehind(letter)) {
                        return new Page(letters, OptionalLong.empty());
                    }
                    if (selection.includes(letter)) {
                        letters.add(letter);
                    }
                    if (next.get().metaData().pendingCount() == 0) {
                        return new Page(letters, OptionalLong.empty());
                    }
                    if (letters.size() == limit || scanned == MAX_SCANNED) {
                        return new Page(letters, OptionalLong.of(letter.sequence() + 1));
                    }
                }
                if (scanned == before) {
                    return new Page(letters, OptionalLong.empty()); // nothing is there
                }
            }
        }
    }

    private static DeadLetter letterOf(Message message) {
        Headers headers = message.getHeaders();
        String size = DeadLetter.header(headers, "Nats-Msg-Size");
        return DeadLetter.of(
                message.metaData().streamSequence(),
                message.getSubject(),
                message.metaData().timestamp().toInstant(),
                headers,
                size.matches("[0-9]{1,12}") ? Long.parseLong(size) : 0);
    }
}
