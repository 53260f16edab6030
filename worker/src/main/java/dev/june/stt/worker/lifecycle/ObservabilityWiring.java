package dev.june.stt.worker.lifecycle;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.june.stt.config.Observability;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.tracing.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Logging and traces follow the configuration while they run. */
@Configuration(proxyBeanMethods = false)
class ObservabilityWiring {
    /** Ours, and what the native recognition says through us. */
    private static final List<String> OURS = List.of("dev.june.stt", "whisper.cpp");

    /** Ids of traces that wait to be kept, at most; one that is dropped is sent in part. */
    private static final int MAX_TOLD = 1_000;

    /** Applied once, when it is made. */
    record LogLevels(LoggingSystem logging, LiveConfig config) {
        LogLevels {
            config.follow(now -> {
                LogLevel level =
                        LogLevel.valueOf(now.spec().observability().logLevel().toUpperCase(Locale.ROOT));
                OURS.forEach(logger -> logging.setLogLevel(logger, level));
            });
        }
    }

    @Bean
    LogLevels logLevels(LoggingSystem logging, LiveConfig config) {
        return new LogLevels(logging, config);
    }

    /** Flushed and closed when everything that is traced is closed. */
    @Bean
    Traces traces(LiveConfig config, NatsLink nats, Subjects subjects, WorkerSettings settings, MeterRegistry metrics) {
        Traces traces = Traces.open(
                new Traces.Sender(subjects.namespace(), subjects.pipeline(), settings.worker()),
                metrics,
                trace -> tell(nats.connection(), subjects.keptTraces(), trace));
        hear(nats.connection(), subjects.keptTraces(), traces);
        config.follow(now -> traces.apply(settings(now.spec().observability().tracing())));
        return traces;
    }

    private static Traces.Settings settings(Observability.Tracing tracing) {
        return new Traces.Settings(
                tracing.otlpEndpoint(), tracing.sampling(), tracing.slowerThan().value());
    }

    /** Fire and forget: whoever does not hear it sends less of one trace. */
    private static void tell(Connection connection, String subject, String trace) {
        if (connection.getStatus() == Connection.Status.CONNECTED) {
            try {
                connection.publish(subject, trace.getBytes(US_ASCII));
            } catch (IllegalStateException _) {
                // NATS is gone at this moment
            }
        }
    }

    private static void hear(Connection connection, String subject, Traces traces) {
        Dispatcher dispatcher =
                connection.createDispatcher(message -> traces.keep(new String(message.getData(), US_ASCII)));
        dispatcher.setPendingLimits(MAX_TOLD, 64L * MAX_TOLD);
        dispatcher.subscribe(subject);
    }
}
