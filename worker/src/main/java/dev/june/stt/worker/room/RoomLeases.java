package dev.june.stt.worker.room;

import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.ExpiringKeys;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
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

    private final ExpiringKeys keys;
    private final Supplier<KeyValue> bucket;
    private final byte[] holder;
    private final Map<String, Long> held = new ConcurrentHashMap<>();

    RoomLeases(ExpiringKeys keys, Supplier<KeyValue> bucket, String worker) {
        this.keys = keys;
        this.bucket = bucket;
        this.holder = worker.getBytes(StandardCharsets.UTF_8);
    }

    /** Takes a room that nobody holds. False: somebody does, or NATS gives no answer. */
    boolean acquire(String room) {
        try {
            ExpiringKeys.Found found = keys.read(Keys.room(room));
            if (found.value().isPresent() && !Arrays.equals(found.value().get(), holder)) {
                return false;
            }
            OptionalLong revision = keys.write(Keys.room(room), holder, found.revision(), LIFE);
            if (revision.isEmpty()) {
                return false;
            }
            held.put(room, revision.getAsLong());
            bucket.get().put(Keys.wanted(room), room);
            return true;
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("a room's lease cannot be had ({})", e.toString());
            return false;
        }
    }

    /** Renews what is held; tells of each room that somebody else holds now. To be called often enough within {@link #LIFE}. */
    void renew(Consumer<String> lost) {
        held.forEach((room, revision) -> {
            try {
                OptionalLong renewed = keys.write(Keys.room(room), holder, revision, LIFE);
                if (renewed.isPresent()) {
                    held.replace(room, revision, renewed.getAsLong());
                } else if (held.remove(room, revision) && acquire(room)) {
                    log.info("a room's lease had run out and is held again");
                } else {
                    log.warn("a room's lease is lost to another worker");
                    lost.accept(room);
                }
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
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
        return keys.read(Keys.room(room)).value().isEmpty();
    }

    /**
     * Whether somebody was asked to listen to a room that is not over yet.
     *
     * @throws IOException if NATS gives no answer
     */
    boolean isWanted(String room) throws IOException, JetStreamApiException {
        return keys.read(Keys.wanted(room)).value().isPresent();
    }
}
