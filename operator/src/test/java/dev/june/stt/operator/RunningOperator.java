package dev.june.stt.operator;

import dev.june.stt.operator.health.LeaderWatch;
import dev.june.stt.operator.pipeline.PipelineReconciler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.Map;
import java.util.Set;

/** The operator in this process, for one namespace, usually without an election, with the rights that its manifests give it. */
final class RunningOperator implements AutoCloseable {
    final MeterRegistry meters = new SimpleMeterRegistry();

    private final KubernetesClient client;
    private final PipelineReconciler reconciler;
    private final OperatorLifecycle lifecycle;
    private final LeaderWatch leader;

    RunningOperator(String namespace) {
        this(namespace, Clock.systemUTC());
    }

    RunningOperator(String namespace, Clock clock) {
        this(settings(namespace, false), clock);
    }

    private RunningOperator(OperatorSettings settings, Clock clock) {
        TestServers servers = TestServers.shared();
        client = servers.api.client(servers.operatorToken());
        reconciler = new PipelineReconciler(settings, client, clock, meters);
        lifecycle = new OperatorLifecycle(settings, client, reconciler, new OperatorMetrics(meters));
        leader = new LeaderWatch(client, settings);
        leader.start();
        lifecycle.start();
    }

    /** With an election that it wins, being the only one. */
    static RunningOperator elected(String namespace) {
        return new RunningOperator(settings(namespace, true), Clock.systemUTC());
    }

    private static OperatorSettings settings(String namespace, boolean election) {
        return new OperatorSettings(
                Set.of(namespace),
                "june-stt/worker:test",
                election,
                "june-stt-operator",
                election ? "june-stt" : namespace,
                "test",
                Map.of());
    }

    @Override
    public void close() {
        lifecycle.stop();
        leader.stop();
        reconciler.close();
        client.close();
    }
}
