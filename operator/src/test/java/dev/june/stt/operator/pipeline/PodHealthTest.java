package dev.june.stt.operator.pipeline;

import static dev.june.stt.operator.pipeline.Observations.pod;
import static dev.june.stt.operator.pipeline.Observations.readyPod;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;

class PodHealthTest {
    @Test
    void aReadyPodHasNoTroubleWhateverItWentThrough() {
        Pod pod = new PodBuilder(ended("Error", 1, null))
                .editStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
        assertThat(PodHealth.trouble(pod)).isEmpty();
        assertThat(PodHealth.isReady(pod)).isTrue();
    }

    @Test
    void aPodThatIsEndingIsNeitherReadyNorTroubled() {
        Pod ending = new PodBuilder(readyPod("w-0"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .build();
        assertThat(PodHealth.isReady(ending)).isFalse();
        assertThat(PodHealth.trouble(ending)).isEmpty();
    }

    @Test
    void whatTheWorkerSaidAboutItsEndIsTheReason() {
        assertThat(PodHealth.trouble(
                        ended("Error", 1, "{\"reason\":\"ModelDigestMismatch\",\"message\":\"expected a, got b\"}")))
                .contains(new PodHealth.Trouble("ModelDigestMismatch", "Worker w-0: expected a, got b"));
    }

    @Test
    void aMessageThatIsNotAWorkersIsNotShown() {
        assertThat(PodHealth.trouble(ended("Error", 137, "panic: {stack trace}")))
                .hasValueSatisfying(trouble -> {
                    assertThat(trouble.reason()).isEqualTo("CrashLoop");
                    assertThat(trouble.message()).contains("code 137").doesNotContain("panic");
                });
        assertThat(PodHealth.trouble(ended("Error", 1, "{\"reason\":\"not camel\",\"message\":\"x\"}")))
                .hasValueSatisfying(trouble -> assertThat(trouble.reason()).isEqualTo("CrashLoop"));
        assertThat(PodHealth.trouble(ended("Error", 1, "{\"reason\":")))
                .hasValueSatisfying(trouble -> assertThat(trouble.reason()).isEqualTo("CrashLoop"));
    }

    @Test
    void tooMuchMemoryIsSaidAsSuch() {
        assertThat(PodHealth.trouble(ended("OOMKilled", 137, null))).hasValueSatisfying(trouble -> {
            assertThat(trouble.reason()).isEqualTo("OutOfMemory");
            assertThat(trouble.message()).contains("spec.workers.resources.limits.memory");
        });
    }

    @Test
    void noNodeForItSaysWhy() {
        Pod pod = pod(
                "w-0",
                status -> status.addNewCondition()
                        .withType("PodScheduled")
                        .withStatus("False")
                        .withReason("Unschedulable")
                        .withMessage("0/3 nodes are available: 3 Insufficient nvidia.com/gpu.")
                        .endCondition());
        assertThat(PodHealth.trouble(pod)).hasValueSatisfying(trouble -> {
            assertThat(trouble.reason()).isEqualTo("Unschedulable");
            assertThat(trouble.message()).contains("Insufficient nvidia.com/gpu");
        });
    }

    @Test
    void aPodThatOnlyJustBeganHasNoTrouble() {
        assertThat(PodHealth.trouble(new PodBuilder()
                        .withNewMetadata()
                        .withName("w-0")
                        .endMetadata()
                        .build()))
                .isEmpty();
        assertThat(PodHealth.trouble(ended("Completed", 0, null))).isEmpty();
    }

    private static Pod ended(String reason, int code, @org.jspecify.annotations.Nullable String message) {
        return pod(
                "w-0",
                status -> status.addNewContainerStatus()
                        .withRestartCount(4)
                        .withNewState()
                        .withNewWaiting()
                        .withReason("CrashLoopBackOff")
                        .endWaiting()
                        .endState()
                        .withNewLastState()
                        .withTerminated(new ContainerStateTerminatedBuilder()
                                .withReason(reason)
                                .withExitCode(code)
                                .withMessage(message)
                                .build())
                        .endLastState()
                        .endContainerStatus());
    }
}
