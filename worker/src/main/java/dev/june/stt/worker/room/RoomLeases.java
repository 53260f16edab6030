package dev.june.stt.worker.room;

import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.Tenures;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
 * under the same identity, and LiveKit evicts this one. What both of them heard is settled by {@link Tenures}. Any thread.
 */
final class RoomLeases {
    /** A lease that is not renewed for this long is gone. */
    static final Duration LIFE = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(RoomLeases.class);

    /** A room that is dispatched to us stays wanted for this long after somebody took it last. */
    private static final Duration WANTED_LIFE = Duration.ofDays(7);

    private final ExpiringKeys keys;
    private final Tenures tenures;
    private final Supplier<KeyValue> bucket;
    private final byte[] holder;
    private final Clock clock;
    private final Counter lostLeases;
    private final Map<String, Lease> held = new ConcurrentHashMap<>();
    private final Map<String, Lease> lost = new ConcurrentHashMap<>(); // until they are released

    /**
     * @param epoch revision at which the room was taken; later ones only renewed it, so nobody else held it between
     * @param confirmedNanos when the last renewal that the server took was asked for
     */
    private record Lease(long revision, long epoch, long confirmedNanos) {}

    /** What is known of a room's lease. */
    enum Standing {
        HELD,
        LOST,
        /** NATS gives no answer. */
        UNKNOWN
    }

    RoomLeases(ExpiringKeys keys, Supplier<KeyValue> bucket, String worker, Clock clock, MeterRegistry metrics) {
        this.keys = keys;
        this.tenures = new Tenures(keys);
        this.bucket = bucket;
        this.holder = worker.getBytes(StandardCharsets.UTF_8);
        this.clock = clock;
        Gauge.builder("stt_room_leases", held, Map::size)
                .description("Rooms whose lease this worker holds")
                .register(metrics);
        this.lostLeases = Counter.builder("stt_room_leases_lost_total")
                .description("Leases that ran out or went to another worker while this one held them")
                .register(metrics);
    }

    /** Takes a room that nobody holds. False: somebody does, or NATS gives no answer. */
    boolean acquire(String room) {
        try {
            long asked = System.nanoTime();
            ExpiringKeys.Found found = keys.read(Keys.room(room));
            if (found.value().isPresent() && !Arrays.equals(found.value().get(), holder)) {
                return false;
            }
            OptionalLong revision = keys.write(Keys.room(room), holder, found.revision(), LIFE);
            if (revision.isEmpty()) {
                return false;
            }
            held.put(room, new Lease(revision.getAsLong(), revision.getAsLong(), asked));
            want(room);
            return tenures.begin(room, revision.getAsLong(), clock.instant());
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("a room's lease cannot be had ({})", e.toString());
            return false;
        }
    }

    /**
     * Notes that somebody is to listen to a room, until it is over.
     *
     * @throws IOException if NATS gives no answer
     */
    void want(String room) throws IOException, JetStreamApiException {
        String key = Keys.wanted(room);
        keys.write(key, room.getBytes(StandardCharsets.UTF_8), keys.read(key).revision(), WANTED_LIFE);
    }

    /**
     * Renews what is held; tells of each room that somebody else holds now. To be called often enough within {@link #LIFE}. Stops at the
     * first that NATS gives no answer to: the others would wait as long.
     */
    void renew(Consumer<String> onLost) {
        try {
            for (Map.Entry<String, Lease> each : held.entrySet()) {
                renew(each.getKey(), each.getValue(), onLost);
            }
        } catch (IOException | IllegalStateException e) {
            log.debug("leases are not renewed now ({})", e.toString());
        }
    }

    private void renew(String room, Lease lease, Consumer<String> onLost) throws IOException {
        try {
            long asked = System.nanoTime();
            OptionalLong renewed = keys.write(Keys.room(room), holder, lease.revision(), LIFE);
            if (renewed.isPresent()) {
                held.replace(room, lease, new Lease(renewed.getAsLong(), lease.epoch(), asked));
            } else if (held.remove(room, lease)) {
                lost.put(room, lease);
                lostLeases.increment();
                if (acquire(room)) {
                    lost.remove(room);
                    log.info("a room's lease had run out and is held again");
                } else {
                    log.warn("a room's lease is lost to another worker");
                    onLost.accept(room);
                }
            }
        } catch (JetStreamApiException e) {
            log.warn("a room's lease is not renewed: the server refuses ({})", e.toString());
        }
    }

    /** Whether this worker still holds a room that it took. */
    Standing standing(String room) {
        if (!held.containsKey(room)) {
            return Standing.LOST;
        }
        try {
            return Arrays.equals(keys.read(Keys.room(room)).value().orElse(holder), holder)
                    ? Standing.HELD
                    : Standing.LOST;
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            return Standing.UNKNOWN;
        }
    }

    /** Notes under which lease an utterance was heard. The lease was safe for its whole life after the last renewal was asked for. */
    SealedUtterance stamped(SealedUtterance utterance) {
        String room = utterance.header().origin().room();
        Lease lease = held.getOrDefault(room, lost.get(room));
        if (lease == null) {
            return utterance;
        }
        Instant began = Instant.parse(utterance.header().speech().startedAt());
        long beganNanos =
                System.nanoTime() - Duration.between(began, clock.instant()).toNanos();
        return utterance.heardUnder(
                new Tenures.Tenure(lease.epoch(), beganNanos - lease.confirmedNanos() < LIFE.toNanos()));
    }

    /** Gives a room back; {@code over} if nobody is to take it. */
    void release(String room, boolean over) {
        lost.remove(room);
        Lease lease = held.remove(room);
        try {
            if (over) {
                bucket.get().purge(Keys.wanted(room));
            }
            if (lease != null) {
                bucket.get().delete(Keys.room(room), lease.revision());
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
