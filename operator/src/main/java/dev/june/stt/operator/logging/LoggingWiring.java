package dev.june.stt.operator.logging;

import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wiring only. */
@Configuration(proxyBeanMethods = false)
class LoggingWiring {
    @Bean(initMethod = "start")
    LogLevelFile logLevelFile(
            @Value("${JUNE_LOG_LEVEL_FILE:/etc/june/logging/level}") Path file, LoggingSystem logging) {
        return new LogLevelFile(file, logging);
    }
}
