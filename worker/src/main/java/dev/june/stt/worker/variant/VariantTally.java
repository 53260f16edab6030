package dev.june.stt.worker.variant;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.ExpiringKeys;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Adds what this worker counted to the tallies in the bucket, which outlive it: a variant that ends its workers would otherwise never be
 * counted. An answer that is lost may make something count twice; these are figures to compare, not the ledger.
 */
public final class VariantTally {
    private static final Logger log = LoggerFactory.getLogger(VariantTally.class);
    private static final Duration LIFE = Duration.ofDays(30);

    /** Others may write at the same moment; what is not added now is added next time. */
    private static final int TRIES = 5;

    private final VariantCount count;
    private final ExpiringKeys keys;
    private final Supplier<PipelineConfig> config;
    private final JsonMapper json;

    public VariantTally(VariantCount count, ExpiringKeys keys, Supplier<PipelineConfig> config, JsonMapper json) {
        this.count = count;
        this.keys = keys;
        this.config = config;
        this.json = json;
    }

    /** Waits for NATS. One thread at a time. */
    public void write() {
        List<VariantTallies.Tally> more = count.take();
        if (!more.isEmpty() && !isAdded(more)) {
            count.giveBack(more);
        }
    }

    private boolean isAdded(List<VariantTallies.Tally> more) {
        try {
            for (int i = 0; i < TRIES; i++) {
                ExpiringKeys.Found found = keys.read(Keys.VARIANTS);
                VariantTallies sums = VariantCount.sum(read(found), more, Treatment.shares(config.get()));
                if (keys.write(Keys.VARIANTS, json.writeValueAsBytes(sums), found.revision(), LIFE)
                        .isPresent()) {
                    return true;
                }
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.info("the tallies of variants are not written now ({})", e.toString());
        }
        return false;
    }

    private VariantTallies read(ExpiringKeys.Found found) {
        try {
            return found.value()
                    .map(value -> json.readValue(value, VariantTallies.class))
                    .orElse(VariantTallies.NONE);
        } catch (JacksonException e) {
            log.error("the tallies of variants are not readable and begin anew: {}", e.getOriginalMessage());
            return VariantTallies.NONE;
        }
    }
}
