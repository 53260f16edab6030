package dev.june.stt.worker.lifecycle;

import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.dispatch.MissingStreams;
import dev.june.stt.worker.dispatch.WebhookDispatcher;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import javax.net.ssl.SSLContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** The webhook's part of a worker. It is drained and closed by {@link Drain}. */
@Configuration(proxyBeanMethods = false)
class DispatchWiring {
    @Bean(destroyMethod = "")
    WebhookDispatcher webhookDispatcher(
            NatsLink nats,
            Subjects subjects,
            LiveConfig config,
            WorkerWiring.Bucket bucket,
            Secrets secrets,
            WorkerSettings settings,
            JsonMapper json,
            Clock clock,
            MeterRegistry metrics)
            throws NoSuchAlgorithmException {
        MissingStreams missing = () -> {
            if (settings.standalone()) {
                OwnStreams.ensure(
                        nats,
                        new PipelineStreams(subjects, config.current().spec().delivery()));
            }
        };
        return new WebhookDispatcher(new WebhookDispatcher.Parts(
                nats,
                subjects,
                () -> new WebhookDispatcher.Settings(
                        config.current().generation(),
                        config.current().spec().delivery().webhook()),
                bucket,
                secrets.webhook(),
                secrets.webhookKey(),
                SSLContext.getDefault(),
                missing,
                json,
                clock,
                metrics));
    }
}
