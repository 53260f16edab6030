package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.room.RoomSupervisor;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a worker says of its load and health: to the operator in its report, to others as metrics. */
@Configuration(proxyBeanMethods = false)
class HealthWiring {
    @Bean
    OwnHealth ownHealth(LoadedRecognizer recognizer) {
        return new OwnHealth(recognizer, MemoryUse.ofThisProcess());
    }

    @Bean
    LoadMeters loadMeters(RoomSupervisor rooms, MeterRegistry meters) {
        return new LoadMeters(rooms, meters);
    }
}
