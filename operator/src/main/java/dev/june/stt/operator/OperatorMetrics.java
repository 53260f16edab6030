package dev.june.stt.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the SDK tells about its work, as metrics without a label for each resource: their number has no bound. */
final class OperatorMetrics implements Metrics {
    private final Counter failures;
    private final Timer reconciles;
    private final Timer cleanups;
    private final AtomicInteger running = new AtomicInteger();
    private final Set<ResourceID> waiting = ConcurrentHashMap.newKeySet();
    private final MeterRegistry meters;

    OperatorMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.failures = Counter.builder("stt_operator_reconcile_failures")
                .description("Reconciles that ended in an exception and are retried")
                .register(meters);
        this.reconciles = timer("reconcile");
        this.cleanups = timer("cleanup");
        Gauge.builder("stt_operator_reconciles_running", running, AtomicInteger::get)
                .description("Passes at this moment")
                .register(meters);
        Gauge.builder("stt_operator_reconciles_waiting", waiting, Set::size)
                .description("Pipelines that wait for their pass")
                .register(meters);
    }

    @Override
    public void failedReconciliation(HasMetadata resource, Exception exception, Map<String, Object> metadata) {
        failures.increment();
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

    private Timer timer(String operation) {
        return Timer.builder("stt_operator_reconcile")
                .description("Time of one pass over one pipeline")
                .tag("operation", operation)
                .serviceLevelObjectives(
                        Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10))
                .register(meters);
    }
}
