package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.resource.SttPipeline;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who else may scale a pipeline, and who may not. KEDA itself plays no part: its kind does. */
class ScalingIT {
    private static final String KEDA =
            "  autoscaling: {mode: KEDA, keda: {prometheusUrl: \"http://prometheus.monitoring:9090\"}}\n";

    private final PipelineNamespace namespace = new PipelineNamespace();

    @BeforeEach
    void secret() {
        namespace.createLiveKitSecret();
    }

    @Test
    void kedaAndThenAnotherAutoscalerSetTheWorkersThroughTheScaleSubresource() {
        MonitoringKinds.installKeda(namespace.client);
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml() + KEDA);
            PipelineNamespace.await(
                    () -> MonitoringKinds.findScaledObject(namespace, "main-workers")
                            .isPresent(),
                    () -> "the ScaledObject");
            assertThat(MonitoringKinds.findScaledObject(namespace, "main-workers"))
                    .get()
                    .satisfies(object -> {
                        assertThat(object.getMetadata().getOwnerReferences()).hasSize(1);
                        assertThat(object.getAdditionalProperties().toString())
                                .contains("kind=SttPipeline")
                                .contains("currentReplicasIfHigher");
                    });
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            scale(3);
            namespace.awaitReplicas(3);

            namespace.apply(namespace.yaml() + "  autoscaling: {mode: External}\n");
            PipelineNamespace.await(
                    () -> MonitoringKinds.findScaledObject(namespace, "main-workers")
                            .isEmpty(),
                    () -> "the ScaledObject is gone");
            scale(2);
            namespace.awaitReplicas(2);
            namespace.awaitCondition("Scaled", "True", "SpecReplicas");
        }
    }

    @Test
    void anAutoscalerOfTheDeploymentIsNamedAndWhatToDoIsSaid() {
        namespace.client.resource("""
                apiVersion: autoscaling/v2
                kind: HorizontalPodAutoscaler
                metadata: {name: by-cpu, namespace: %s}
                spec:
                  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: main-workers}
                  maxReplicas: 5
                """.formatted(namespace.name)).create();
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            assertThat(namespace
                            .awaitCondition("Scaled", "False", "ForeignAutoscaler")
                            .getMessage())
                    .contains("HorizontalPodAutoscaler by-cpu scales Deployment main-workers")
                    .contains("autoscaling.mode External");
        }
    }

    private void scale(int replicas) {
        namespace
                .client
                .resources(SttPipeline.class)
                .inNamespace(namespace.name)
                .withName("main")
                .scale(replicas);
    }
}
