package dev.june.stt.worker.delivery;

import io.nats.client.JetStreamApiException;
import io.nats.client.PublishOptions;
import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Keys of the pipeline's KV bucket that the server removes by itself, written by compare-and-set. The NATS client's own bucket can give a
 * key a life only when it is created; here every write renews it. Reads ask the stream's leader, so that they see the newest. Any thread.
 */
public final class ExpiringKeys {
    private static final int NOT_FOUND = 404;

    /** JetStream's answer to a compare-and-set that came too late. */
    private static final int WRONG_LAST_SEQUENCE = 10071;

    private final NatsLink nats;
    private final String bucket;

    public ExpiringKeys(NatsLink nats, String bucket) {
        this.nats = nats;
        this.bucket = bucket;
    }

    /**
     * What a key holds.
     *
     * @param value empty if it was removed or has run out
     * @param revision to be given to the next write
     */
    public record Found(Optional<byte[]> value, long revision) {
        private static final Found NOTHING = new Found(Optional.empty(), 0);
    }

    /**
     * @throws IOException if the server gives no answer
     * @throws JetStreamApiException if it refuses
     */
    public Found read(String key) throws IOException, JetStreamApiException {
        try {
            MessageInfo last = nats.management().getLastMessage("KV_" + bucket, subject(key));
            return new Found(
                    isMarker(last.getHeaders()) ? Optional.empty() : Optional.ofNullable(last.getData()),
                    last.getSeq());
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return Found.NOTHING;
            }
            throw e;
        }
    }

    /**
     * Writes a key that nobody has written since it was read.
     *
     * @return its new revision; empty if somebody has written it meanwhile
     * @throws IOException if the server gives no answer: it may be written or not
     */
    public OptionalLong write(String key, byte[] value, long revision, Duration life)
            throws IOException, JetStreamApiException {
        try {
            return OptionalLong.of(nats.jetStream()
                    .publish(
                            subject(key),
                            value,
                            PublishOptions.builder()
                                    .expectedLastSubjectSequence(revision)
                                    .messageTtlSeconds(Math.toIntExact(life.toSeconds()))
                                    .build())
                    .getSeqno());
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() == WRONG_LAST_SEQUENCE) {
                return OptionalLong.empty();
            }
            throw e;
        }
    }

    /** A key that was deleted, purged or has run out leaves a message that says so. */
    private static boolean isMarker(@org.jspecify.annotations.Nullable Headers headers) {
        return headers != null && (headers.containsKey("KV-Operation") || headers.containsKey("Nats-Marker-Reason"));
    }

    private String subject(String key) {
        return "$KV." + bucket + "." + key;
    }
}
