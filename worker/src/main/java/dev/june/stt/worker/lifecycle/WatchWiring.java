package dev.june.stt.worker.lifecycle;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.QueueGauges;
import dev.june.stt.worker.room.RoomSupervisor;
import dev.june.stt.worker.status.StatusSource;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What people see of a worker, in metrics and by the status address, beside what each part counts itself. */
@Configuration(proxyBeanMethods = false)
class WatchWiring {
    private static final Duration LOOK = Duration.ofSeconds(10);

    @Bean
    QueueGauges queueGauges(NatsLink nats, Subjects subjects, Clock clock, MeterRegistry metrics) {
        return new QueueGauges(nats, subjects, clock, LOOK, metrics);
    }

    @Bean
    MeterBinder workerMetrics(LiveConfig config, NatsLink nats) {
        return metrics -> {
            Gauge.builder("stt_configuration_generation", () -> config.current().generation())
                    .description("Generation of the configuration that this worker runs")
                    .register(metrics);
            Gauge.builder("stt_configuration_refused", () -> config.refusal().isPresent() ? 1 : 0)
                    .description("1 while this worker refuses the newest configuration and keeps the last good one")
                    .register(metrics);
            Gauge.builder("stt_nats_connected", () -> nats.isConnected() ? 1 : 0)
                    .description("1 while NATS is connected")
                    .register(metrics);
            FunctionCounter.builder("stt_nats_reconnects_total", nats, NatsLink::reconnects)
                    .description("Times that the connection to NATS came back")
                    .register(metrics);
        };
    }

    @Bean
    StoredTranscripts storedTranscripts() {
        return new StoredTranscripts();
    }

    @Bean
    StatusSource statusSource(
            WorkerSettings settings,
            LiveConfig config,
            RoomSupervisor rooms,
            Recycler recycler,
            StoredTranscripts stored) {
        stored.tell(rooms.roster()::stored);
        return new StatusSource(
                () -> WorkerReporter.reportOf(settings.worker(), rooms, config, recycler), rooms.roster());
    }
}
