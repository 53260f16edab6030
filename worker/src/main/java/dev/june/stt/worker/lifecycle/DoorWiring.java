package dev.june.stt.worker.lifecycle;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.access.AccessSettings;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Sweeper;
import dev.june.stt.worker.delivery.TranscriptStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** Connects access and dead letters, which know nothing of configuration and mounted Secrets, with both. */
@Configuration(proxyBeanMethods = false)
class DoorWiring {
    private static final Duration SWEEP = Duration.ofSeconds(60);

    @Bean
    AccessSettings accessSettings(LiveConfig config, WorkerSettings settings) {
        return new AccessSettings(
                () -> config.current().spec().access(),
                () -> config.current().spec().limits(),
                settings.secrets().resolve("access"));
    }

    @Bean
    Sweeper sweeper(
            NatsLink nats,
            Subjects subjects,
            JsonMapper json,
            TranscriptStore transcripts,
            Ledger ledger,
            Clock clock,
            WorkerSettings settings,
            MeterRegistry metrics) {
        return new Sweeper(nats, subjects, json, transcripts, ledger, clock, settings.worker(), SWEEP, metrics);
    }
}
