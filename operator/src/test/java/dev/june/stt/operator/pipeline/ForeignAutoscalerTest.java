package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ForeignAutoscalerTest {
    private static final String KEDA = "mode: KEDA, keda: {natsMonitoring: \"nats:8222\"}";

    @Test
    void oneThatScalesTheDeploymentIsInTheWayWhateverTheMode() {
        for (String mode : List.of("mode: Operator", "mode: External", "mode: None", KEDA)) {
            assertThat(conflict(mode, autoscaler("by-cpu", "Deployment", "main-workers")))
                    .get()
                    .satisfies(finding -> assertThat(finding.message()).contains("by-cpu scales Deployment"));
        }
        assertThat(conflict("mode: Operator", autoscaler("by-cpu", "Deployment", "web")))
                .isEmpty();
    }

    @Test
    void oneThatScalesThePipelineIsWelcomeWhereTheModeSaysSo() {
        HorizontalPodAutoscaler other = autoscaler("mine", "SttPipeline", "main");
        assertThat(conflict("mode: External", other)).isEmpty();
        assertThat(conflict("mode: Operator", other)).isPresent();
        assertThat(conflict("mode: MetricsOnly", other)).isPresent();
        assertThat(conflict("mode: Operator", autoscaler("mine", "SttPipeline", "another")))
                .isEmpty();
    }

    @Test
    void theOneThatKedaMakesForUsIsOurOwnAndAnotherScaledObjectIsNamed() {
        assertThat(conflict(KEDA, autoscaler("keda-hpa-main-workers", "SttPipeline", "main")))
                .isEmpty();
        HorizontalPodAutoscaler foreign = autoscaler("keda-hpa-queue", "SttPipeline", "main");
        foreign.getMetadata()
                .setOwnerReferences(List.of(new OwnerReferenceBuilder()
                        .withKind("ScaledObject")
                        .withName("queue")
                        .build()));
        assertThat(conflict(KEDA, foreign))
                .get()
                .satisfies(finding -> assertThat(finding.message()).startsWith("ScaledObject queue"));
    }

    @Test
    void oneOfAnotherNamespaceIsNoneOfOurs() {
        HorizontalPodAutoscaler other = autoscaler("mine", "SttPipeline", "main");
        other.getMetadata().setNamespace("elsewhere");
        assertThat(conflict("mode: Operator", other)).isEmpty();
    }

    private static Optional<Finding> conflict(String autoscaling, HorizontalPodAutoscaler other) {
        return ForeignAutoscaler.conflict(
                Pipelines.withSpec("autoscaling: {" + autoscaling + "}"),
                ForeignAutoscaler.of(other).stream().toList());
    }

    private static HorizontalPodAutoscaler autoscaler(String name, String targetKind, String target) {
        return new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withNamespace("stt")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNewScaleTargetRef()
                .withApiVersion(targetKind.equals("Deployment") ? "apps/v1" : "stt.june.dev/v1alpha1")
                .withKind(targetKind)
                .withName(target)
                .endScaleTargetRef()
                .endSpec()
                .build();
    }
}
