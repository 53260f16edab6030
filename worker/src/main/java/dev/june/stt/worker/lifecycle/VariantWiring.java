package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.variant.VariantCount;
import dev.june.stt.worker.variant.VariantTally;
import io.micrometer.core.instrument.config.MeterFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** The comparison of variants. */
@Configuration(proxyBeanMethods = false)
class VariantWiring {
    /** Names come and go with the spec; a worker that lives long shows no more of them in its metrics. */
    private static final int MAX_LABELS = 17;

    @Bean
    VariantCount variantCount(LiveConfig config) {
        return new VariantCount(config::current);
    }

    @Bean
    VariantTally variantTally(VariantCount count, ExpiringKeys keys, LiveConfig config, JsonMapper json) {
        return new VariantTally(count, keys, config::current, json);
    }

    @Bean
    MeterFilter variantLabels() {
        return MeterFilter.maximumAllowableTags("stt_", "variant", MAX_LABELS, MeterFilter.deny());
    }
}
