package dev.june.stt.operator;

import dev.june.stt.operator.pipeline.PipelineReconciler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.Set;

/** The operator in this process, for one namespace, without an election, with the rights that its manifests give it. */
final class RunningOperator implements AutoCloseable {
    private final KubernetesClient client;
    private final PipelineReconciler reconciler;
    private final OperatorLifecycle lifecycle;

    RunningOperator(String namespace) {
        this(namespace, Clock.systemUTC());
    }

    RunningOperator(String namespace, Clock clock) {
        TestServers servers = TestServers.shared();
        OperatorSettings settings =
                new OperatorSettings(Set.of(namespace), "june-stt/worker:test", false, "unused", namespace, "test");
        client = servers.api.client(servers.operatorToken());
        reconciler = new PipelineReconciler(settings, client, clock);
        lifecycle = new OperatorLifecycle(settings, client, reconciler, new OperatorMetrics(new SimpleMeterRegistry()));
        lifecycle.start();
    }

    @Override
    public void close() {
        lifecycle.stop();
        reconciler.close();
        client.close();
    }
}
