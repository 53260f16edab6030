package dev.june.stt.worker.status;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What serves the status. */
@Configuration(proxyBeanMethods = false)
public class StatusWiring {
    @Bean
    StatusController statusController(StatusSource source) {
        return new StatusController(source);
    }
}
