package dev.june.stt.worker.deadletters;

import dev.june.stt.transcript.MessageHeaders;
import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter without its payload.
 *
 * @param sequence its number in the stream, by which it is asked for
 * @param stage where it was given up: {@code decode}, {@code append}, {@code webhook}
 * @param utteranceId the last token of its subject
 * @param reason a fixed name
 * @param explanation the last error
 * @param time when it was stored
 * @param deliveries how often it was given to a worker
 * @param replays how often it was put back before it came back here
 * @param bytes size of its payload
 * @param originalSubject the subject that it had
 * @param traceparent the trace that it belongs to, as a W3C header; empty if there is none
 */
record DeadLetter(
        long sequence,
        String stage,
        String utteranceId,
        String reason,
        String explanation,
        Instant time,
        String deliveries,
        int replays,
        long bytes,
        String originalSubject,
        String traceparent) {
    /** Of {@code stt.v1.<namespace>.<pipeline>.dead.<stage>.<room>.<participant>.<utteranceId>}. */
    private static final int STAGE_TOKEN = 5;

    static DeadLetter of(long sequence, String subject, Instant time, @Nullable Headers headers, long bytes) {
        String[] tokens = subject.split("\\.", -1);
        String replays = header(headers, MessageHeaders.REPLAY);
        return new DeadLetter(
                sequence,
                tokens.length > STAGE_TOKEN ? tokens[STAGE_TOKEN] : "",
                tokens[tokens.length - 1],
                header(headers, MessageHeaders.REASON),
                header(headers, MessageHeaders.EXPLANATION),
                time,
                header(headers, MessageHeaders.DELIVERIES),
                replays.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(replays) : 0,
                bytes,
                header(headers, MessageHeaders.SUBJECT),
                header(headers, MessageHeaders.TRACEPARENT));
    }

    /** A header's value; empty if it is not there. */
    static String header(@Nullable Headers headers, String name) {
        String value = headers == null ? null : headers.getFirst(name);
        return value == null ? "" : value;
    }
}
