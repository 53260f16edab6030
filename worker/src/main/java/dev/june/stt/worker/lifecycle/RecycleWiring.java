package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.room.RoomSupervisor;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects the recycler with the process that it ends. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(Recycler.Settings.class)
class RecycleWiring {
    @Bean
    Recycler recycler(
            RoomSupervisor rooms,
            Recycler.Settings recycle,
            WorkerSettings settings,
            ApplicationContext context,
            MeterRegistry metrics) {
        Runnable end =
                () -> Thread.ofPlatform().name("recycling").start(() -> System.exit(SpringApplication.exit(context)));
        return new Recycler(rooms, recycle, settings.worker(), end, metrics);
    }
}
