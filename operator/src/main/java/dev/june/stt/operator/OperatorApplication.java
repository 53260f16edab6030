package dev.june.stt.operator;

import dev.june.stt.operator.health.LeaderWatch;
import dev.june.stt.operator.health.OperatorHealth;
import dev.june.stt.operator.health.PipelineWatch;
import dev.june.stt.operator.installation.InstallationCheck;
import dev.june.stt.operator.pipeline.PipelineReconciler;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Wiring only. */
@SpringBootApplication
public class OperatorApplication {
    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals(InstallationCheck.COMMAND)) {
            System.exit(InstallationCheck.run(args));
        }
        SpringApplication.run(OperatorApplication.class, args);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    OperatorSettings settings() {
        return OperatorSettings.from(System.getenv());
    }

    @Bean(destroyMethod = "close")
    KubernetesClient kubernetesClient() {
        return new KubernetesClientBuilder()
                .withConfig(Config.autoConfigure(null))
                .build();
    }

    @Bean(destroyMethod = "close")
    PipelineReconciler pipelineReconciler(
            OperatorSettings settings, KubernetesClient client, Clock clock, MeterRegistry meters) {
        return new PipelineReconciler(settings, client, clock, meters);
    }

    @Bean
    OperatorLifecycle operatorLifecycle(
            OperatorSettings settings, KubernetesClient client, PipelineReconciler reconciler, MeterRegistry meters) {
        return new OperatorLifecycle(settings, client, reconciler, new OperatorMetrics(meters));
    }

    @Bean
    LeaderWatch leaderWatch(OperatorSettings settings, KubernetesClient client) {
        return new LeaderWatch(client, settings);
    }

    @Bean
    HealthIndicator watches(OperatorLifecycle lifecycle) {
        return OperatorHealth.watches(lifecycle.operator(), System::nanoTime);
    }

    @Bean
    HealthIndicator leader(LeaderWatch watch) {
        return OperatorHealth.leader(watch);
    }

    @Bean
    PipelineWatch pipelineWatch(OperatorSettings settings, KubernetesClient client, PipelineReconciler reconciler) {
        return new PipelineWatch(client, settings, reconciler::seenVersion);
    }

    @Bean
    HealthIndicator pipelines(PipelineWatch watch) {
        return OperatorHealth.pipelines(watch);
    }

    @Bean
    HealthIndicator canary(LeaderWatch watch) {
        return OperatorHealth.canary(watch);
    }

    @Bean
    HealthIndicator operator(OperatorLifecycle lifecycle) {
        return OperatorHealth.started(lifecycle::isRunning);
    }
}
