package dev.june.stt.operator;

import dev.june.stt.operator.pipeline.Refusal;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the SDK tells about its work, as metrics without a label for each resource: their number has no bound. */
final class OperatorMetrics implements Metrics {
    private final Timer reconciles;
    private final Timer cleanups;
    private final AtomicInteger running = new AtomicInteger();
    private final Set<ResourceID> waiting = ConcurrentHashMap.newKeySet();
    private final MeterRegistry meters;

    OperatorMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.reconciles = timer("reconcile");
        this.cleanups = timer("cleanup");
        List.of("configuration", "upstream", "defect").forEach(this::failures); // there from the start
        Gauge.builder("stt_operator_reconciles_running", running, AtomicInteger::get)
                .description("Passes at this moment")
                .register(meters);
        Gauge.builder("stt_operator_reconciles_waiting", waiting, Set::size)
                .description("Pipelines that wait for their pass")
                .register(meters);
    }

    @Override
    public void failedReconciliation(HasMetadata resource, Exception exception, Map<String, Object> metadata) {
        failures(kind(exception)).increment();
    }

    @Override
    public void cleanupDoneFor(ResourceID resource, Map<String, Object> metadata) {
        waiting.remove(resource);
    }

    /** It is queued. The SDK leaves a pass out without a word if the resource is gone meanwhile, so names are kept and not a number. */
    @Override
    public void reconcileCustomResource(HasMetadata resource, @Nullable RetryInfo retry, Map<String, Object> metadata) {
        waiting.add(ResourceID.fromResource(resource));
    }

    @Override
    public void reconciliationExecutionStarted(HasMetadata resource, Map<String, Object> metadata) {
        waiting.remove(ResourceID.fromResource(resource));
        running.incrementAndGet();
    }

    @Override
    public void reconciliationExecutionFinished(HasMetadata resource, Map<String, Object> metadata) {
        running.decrementAndGet();
    }

    @Override
    public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
        Timer.Sample sample = Timer.start(meters);
        try {
            return execution.execute();
        } finally {
            sample.stop(execution.name().equals("cleanup") ? cleanups : reconciles);
        }
    }

    private Counter failures(String kind) {
        return Counter.builder("stt_operator_reconcile_failures")
                .description("Reconciles that ended in an exception and are retried")
                .tag("kind", kind)
                .register(meters);
    }

    /** Who has to act: the user, nobody as it passes, or we. */
    private static String kind(Exception exception) {
        if (Refusal.isRefusal(exception)) {
            return "configuration";
        }
        return exception instanceof KubernetesClientException ? "upstream" : "defect";
    }

    private Timer timer(String operation) {
        return Timer.builder("stt_operator_reconcile")
                .description("Time of one pass over one pipeline")
                .tag("operation", operation)
                .serviceLevelObjectives(
                        Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10))
                .register(meters);
    }
}
