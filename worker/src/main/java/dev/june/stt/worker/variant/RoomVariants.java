package dev.june.stt.worker.variant;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Share;
import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.ExpiringKeys;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers in the bucket which variant a room was given, so that a room that changes hands does not change its treatment in the middle of a
 * conversation, also when weights have changed since. Any thread; waits for NATS.
 */
public final class RoomVariants {
    private static final Logger log = LoggerFactory.getLogger(RoomVariants.class);

    /** Longer than a conversation; rooms that end are forgotten at once. */
    private static final Duration LIFE = Duration.ofDays(7);

    /** A value is never empty, also that of the pipeline itself. */
    private static final String PREFIX = "=";

    private final ExpiringKeys keys;
    private final Supplier<KeyValue> bucket;
    private final Supplier<PipelineConfig> config;

    public RoomVariants(ExpiringKeys keys, Supplier<KeyValue> bucket, Supplier<PipelineConfig> config) {
        this.keys = keys;
        this.bucket = bucket;
        this.config = config;
    }

    /**
     * The variant of a room whose lease this worker holds. What was chosen stays while it may have rooms at all; where NATS gives no answer,
     * it is chosen anew, which is the same unless weights changed.
     */
    public String of(String room) {
        List<Share> shares = Treatment.shares(config.get());
        if (shares.isEmpty()) {
            return Treatment.PIPELINE;
        }
        String chosen = VariantChoice.of(room, shares);
        try {
            ExpiringKeys.Found found = keys.read(Keys.variant(room));
            Optional<String> before =
                    found.value().map(value -> new String(value, StandardCharsets.UTF_8).substring(PREFIX.length()));
            if (before.isPresent() && VariantChoice.isOpen(before.get(), shares)) {
                return before.get();
            }
            byte[] value = (PREFIX + chosen).getBytes(StandardCharsets.UTF_8);
            keys.write(Keys.variant(room), value, found.revision(), LIFE);
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("it is not known whether a room has a variant already ({})", e.toString());
        }
        return chosen;
    }

    /** A room is over: the next of its name may be treated differently. */
    public void forget(String room) {
        if (Treatment.shares(config.get()).isEmpty()) {
            return;
        }
        try {
            bucket.get().purge(Keys.variant(room));
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.info("the variant of a room that is over is not forgotten yet ({})", e.toString());
        }
    }
}
