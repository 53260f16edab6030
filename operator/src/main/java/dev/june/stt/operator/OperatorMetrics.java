package dev.june.stt.operator;

import dev.june.stt.operator.pipeline.Refusal;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** What the SDK tells about its work, as metrics without a label for each resource: their number has no bound. */
final class OperatorMetrics implements Metrics {
    private final Timer reconciles;
    private final Timer cleanups;
    private final AtomicInteger running;
    private final MeterRegistry meters;

    OperatorMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.reconciles = timer("reconcile");
        this.cleanups = timer("cleanup");
        this.running = meters.gauge("stt_operator_reconciles_running", new AtomicInteger());
    }

    @Override
    public void failedReconciliation(HasMetadata resource, Exception exception, Map<String, Object> metadata) {
        Counter.builder("stt_operator_reconcile_failures")
                .description("Reconciles that ended in an exception and are retried")
                .tag("kind", kind(exception))
                .register(meters)
                .increment();
    }

    @Override
    public void reconciliationExecutionStarted(HasMetadata resource, Map<String, Object> metadata) {
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

    /** What the SDK keeps, for example the state of every resource. */
    @Override
    public <T extends Map<?, ?>> T monitorSizeOf(T map, String name) {
        return meters.gaugeMapSize("stt_operator_" + name.replaceAll("[^a-zA-Z0-9]+", "_"), java.util.List.of(), map);
    }

    /** Pipelines whose reconcile waits for a thread: one entry for each at the most. */
    void watch(BlockingQueue<Runnable> waiting) {
        Gauge.builder("stt_operator_reconciles_waiting", waiting, BlockingQueue::size)
                .description("Pipelines whose reconcile waits for a thread")
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
