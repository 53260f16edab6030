package dev.june.stt.operator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.resource.SttPipelineStatus;
import dev.june.stt.resource.VariantStatus;
import dev.june.stt.resource.VariantStatus.State;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** From what workers counted to what new rooms get, on a real API server and NATS. */
class VariantsIT {
    private static final String CANARY =
            "  variants: [{name: canary, weight: 20, comparison: {minUtterances: 20%s}%s}]\n";

    private final PipelineNamespace namespace = new PipelineNamespace();

    @Test
    void aVariantThatIsWorseGetsNoMoreRoomsAlsoFromAnotherOperatorUntilItIsChanged() {
        namespace.createLiveKitSecret();
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml() + CANARY.formatted("", ""));
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.awaitCondition("VariantAborted", "False", "NoneAborted");
            PipelineNamespace.await(() -> isPublished(20, 1), () -> "the share that the spec asks for");

            namespace.countAsWorkers("canary", 1, 25, 5, 40, 0);
            assertThat(namespace
                            .awaitCondition("VariantAborted", "True", "WorseThanPipeline")
                            .getMessage())
                    .contains("canary")
                    .contains("share that failed 16.67 points worse (allowed 2.00)");
            PipelineNamespace.await(() -> isPublished(0, 1), () -> "no more rooms: " + namespace.publishedDocument());
            PipelineNamespace.await(() -> namespace.events().contains("VariantAborted"), () -> "an event that says so");
            VariantStatus status = variant().orElseThrow();
            assertThat(status.weight()).isZero();
            assertThat(requireNonNull(status.own()).utterances()).isEqualTo(30);
            assertThat(requireNonNull(status.own()).failedPercent()).isEqualTo(16.7);
            assertThat(requireNonNull(status.own()).latencyP95Ms()).isNotNull();
            assertThat(requireNonNull(status.pipeline()).utterances()).isEqualTo(40);
            assertThat(namespace.pipeline().getSpec().variants().getFirst().weight())
                    .as("the spec is the user's")
                    .isEqualTo(20);
        }
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            // Another hot change makes it publish anew.
            namespace.apply(namespace.yaml() + CANARY.formatted("", "") + "  limits: {maxParticipantsPerRoom: 9}\n");
            PipelineNamespace.await(
                    () -> namespace.publishedDocument().contains("\"maxParticipantsPerRoom\":9"),
                    () -> "the change: " + namespace.publishedDocument());
            assertThat(isPublished(0, 1)).as("it found the decision").isTrue();

            namespace.apply(namespace.yaml() + CANARY.formatted("", ", segmentation: {endSilence: 900ms}"));
            PipelineNamespace.await(() -> isPublished(20, 3), () -> "tried again: " + namespace.publishedDocument());
            PipelineNamespace.await(
                    () -> variant()
                            .filter(each -> each.state() == State.COMPARING)
                            .isPresent(),
                    () -> "status is " + namespace.pipeline().getStatus());
            namespace.awaitCondition("VariantAborted", "False", "NoneAborted");
        }
    }

    @Test
    void aVariantThatIsAsGoodGetsAllNewRoomsIfThatIsWished() {
        namespace.createLiveKitSecret();
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml() + CANARY.formatted(", promotion: Automatic", ""));
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.countAsWorkers("canary", 1, 25, 0, 40, 0);
            PipelineNamespace.await(() -> isPublished(100, 1), () -> "all rooms: " + namespace.publishedDocument());
            PipelineNamespace.await(
                    () -> namespace.events().contains("VariantPromoted"), () -> "an event that says so");
            assertThat(variant().orElseThrow().state()).isEqualTo(State.PROMOTED);
        }
    }

    @Test
    void variantsThatCannotBeAreRefusedWithASentence() {
        assertRefused("[{name: a, weight: 60}, {name: b, weight: 60}]", "must not add up to more than 100");
        assertRefused("[{name: a, weight: 101}]", "less than or equal to 100");
        assertRefused("[{name: a, weight: 1}, {name: a, weight: 1}]", "needs a name of its own");
        assertRefused("[{name: a, weight: 1, model: {name: tiny.en}}]", "understands English only");
        assertRefused("[{name: a, weight: 1, model: {path: /x}}]", "must set model.name, too");
        assertRefused("[{name: a, weight: 1, model: {name: x, source: https}}]", "needs model.url and model.sha256");
        assertRefused(
                "[{name: a, weight: 1, segmentation: {vadExitThreshold: 0.9}}]", "must not be above the vadThreshold");
        assertRefused("[{name: a, weight: 1, segmentation: {endSilence: 10ms}}]", "endSilence must be a duration");
        assertRefused(
                "[{name: a, weight: 1, model: {name: x, source: pvc, claimName: one, path: x}},"
                        + "{name: b, weight: 1, model: {name: x, source: pvc, claimName: two, path: x}}]",
                "must be on the same one");
        namespace.apply(
                namespace.yaml() + "  variants: [{name: a, weight: 1, model: {name: tiny.en, language: en}}]\n");
    }

    private void assertRefused(String variants, String sentence) {
        assertThatThrownBy(() -> namespace.apply(namespace.yaml() + "  variants: " + variants + "\n"))
                .as(variants)
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(sentence);
    }

    private boolean isPublished(int weight, long since) {
        String share = "\"shares\":[{\"variant\":\"canary\",\"weight\":%d,\"since\":%d}]".formatted(weight, since);
        return namespace.publishedDocument().contains(share)
                && namespace.document().contains(share);
    }

    private Optional<VariantStatus> variant() {
        return Optional.ofNullable(namespace.pipeline().getStatus()).map(SttPipelineStatus::variants).stream()
                .flatMap(List::stream)
                .findFirst();
    }
}
