package dev.june.stt.worker.room;

import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.NatsLink;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.PublishOptions;
import io.nats.client.api.KeyValueEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who listens to a room: a key in the pipeline's bucket that the server removes by itself when it is not renewed. A worker that died loses
 * its rooms that way, to whoever asks next. While NATS is away leases are kept on trust: another worker that takes the room then joins it
 * under the same identity, and LiveKit evicts this one. Any thread.
 */
final class RoomLeases {
    /** A lease that is not renewed for this long is gone. */
    static final Duration LIFE = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(RoomLeases.class);
    private static final int WRONG_LAST_SEQUENCE = 10071;

    private final NatsLink nats;
    private final Supplier<KeyValue> bucket;
    private final String worker;
    private final Map<String, Long> held = new ConcurrentHashMap<>();

    RoomLeases(NatsLink nats, Supplier<KeyValue> bucket, String worker) {
        this.nats = nats;
        this.bucket = bucket;
        this.worker = worker;
    }

    /** Takes a room that nobody holds. False: somebody does, or NATS gives no answer. */
    boolean acquire(String room) {
        try {
            KeyValueEntry entry = bucket.get().get(Keys.room(room));
            if (entry != null && !worker.equals(holder(entry))) {
                return false;
            }
            long revision = entry == null ? lastRevision(room) : entry.getRevision();
            held.put(room, write(room, revision));
            bucket.get().put(Keys.wanted(room), room);
            return true;
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() != WRONG_LAST_SEQUENCE) {
                log.warn("a room's lease is refused ({})", e.getMessage());
            }
            return false;
        } catch (IOException | IllegalStateException e) {
            log.warn("a room's lease cannot be asked for, NATS does not answer ({})", e.toString());
            return false;
        }
    }

    /** Renews what is held; tells of each room that somebody else holds now. To be called often enough within {@link #LIFE}. */
    void renew(Consumer<String> lost) {
        held.forEach((room, revision) -> {
            try {
                held.replace(room, revision, write(room, revision));
            } catch (JetStreamApiException e) {
                held.remove(room, revision);
                if (e.getApiErrorCode() == WRONG_LAST_SEQUENCE && acquire(room)) {
                    log.info("a room's lease had run out and is held again");
                } else {
                    log.warn("a room's lease is lost to another worker");
                    lost.accept(room);
                }
            } catch (IOException | IllegalStateException e) {
                log.debug("a room's lease is not renewed now ({})", e.toString());
            }
        });
    }

    /** Gives a room back; {@code over} if nobody is to take it. */
    void release(String room, boolean over) {
        Long revision = held.remove(room);
        try {
            if (over) {
                bucket.get().purge(Keys.wanted(room));
            }
            if (revision != null) {
                bucket.get().delete(Keys.room(room), revision);
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.info("a room's lease is not given back and will run out ({})", e.toString());
        }
    }

    /**
     * Whether nobody listens to a room.
     *
     * @throws IOException if NATS gives no answer
     */
    boolean isFree(String room) throws IOException, JetStreamApiException {
        return bucket.get().get(Keys.room(room)) == null;
    }

    /**
     * Whether somebody was asked to listen to a room that is not over yet.
     *
     * @throws IOException if NATS gives no answer
     */
    boolean isWanted(String room) throws IOException, JetStreamApiException {
        return bucket.get().get(Keys.wanted(room)) != null;
    }

    private static String holder(KeyValueEntry entry) {
        byte[] value = entry.getValue();
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    /** Revision of the marker that a lease left behind when it ran out or was given back; 0 if there is none. */
    private long lastRevision(String room) throws IOException, JetStreamApiException {
        try {
            return nats.management()
                    .getLastMessage("KV_" + bucket.get().getBucketName(), subject(room))
                    .getSeq();
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == 404) {
                return 0;
            }
            throw e;
        }
    }

    private long write(String room, long revision) throws IOException, JetStreamApiException {
        return nats.jetStream()
                .publish(
                        subject(room),
                        worker.getBytes(StandardCharsets.UTF_8),
                        PublishOptions.builder()
                                .expectedLastSubjectSequence(revision)
                                .messageTtlSeconds((int) LIFE.toSeconds())
                                .build())
                .getSeqno();
    }

    private String subject(String room) {
        return "$KV." + bucket.get().getBucketName() + "." + Keys.room(room);
    }
}
