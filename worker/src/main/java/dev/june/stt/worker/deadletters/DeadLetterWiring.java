package dev.june.stt.worker.deadletters;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** What serves the dead letters. */
@Configuration(proxyBeanMethods = false)
public class DeadLetterWiring {
    @Bean
    DeadLetterStream deadLetterStream(NatsLink nats, Subjects subjects) {
        return new DeadLetterStream(nats, subjects);
    }

    @Bean
    Replayer replayer(NatsLink nats, Subjects subjects, DeadLetterStream stream, MeterRegistry metrics) {
        return new Replayer(nats, subjects, stream, metrics);
    }

    @Bean
    DeadLetterController deadLetterController(DeadLetterStream stream, Replayer replayer, JsonMapper json) {
        return new DeadLetterController(stream, replayer, json);
    }
}
