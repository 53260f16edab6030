package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.rollout.Verdict;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PodVerdictTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final Duration LONG = Duration.ofMinutes(3);

    @Test
    void allPodsOfTheTemplateAvailableIsGood() {
        assertThat(verdict(deployment("new", 2, 2, 2), ready("a", "new"), ready("b", "new")))
                .isEqualTo(new Verdict.Good());
        assertThat(verdict(deployment("new", 2, 1, 3), ready("a", "new"), ready("b", "old")))
                .as("half way")
                .isEqualTo(new Verdict.Open());
        assertThat(verdict(deployment("new", 0, 0, 0))).as("no pod, no proof").isEqualTo(new Verdict.Open());
    }

    @Test
    void aTemplateThatIsNotAppliedYetIsNotJudgedByThePodsOfAnother() {
        assertThat(verdict(deployment("old", 1, 1, 1), ready("a", "old"))).isEqualTo(new Verdict.Open());
    }

    @Test
    void anImageThatCannotBePulledIsBadOnceItLasts() {
        assertThat(verdict(rolling(), ready("a", "old"), imagePull("b", "new", LONG)))
                .isInstanceOfSatisfying(Verdict.Bad.class, bad -> {
                    assertThat(bad.reason()).isEqualTo("ImagePull");
                    assertThat(bad.message()).contains("spec.workers.image");
                });
        assertThat(verdict(rolling(), ready("a", "old"), imagePull("b", "new", Duration.ofSeconds(20))))
                .isEqualTo(new Verdict.Open());
    }

    @Test
    void crashesAreBadWhenOnlyTheNewOnesDo() {
        assertThat(verdict(rolling(), ready("a", "old"), crashed("b", "new", 3)))
                .isInstanceOfSatisfying(
                        Verdict.Bad.class, bad -> assertThat(bad.reason()).isEqualTo("CrashLoop"));
        assertThat(verdict(rolling(), ready("a", "old"), crashed("b", "new", 1)))
                .as("one end may be an accident")
                .isEqualTo(new Verdict.Open());
        assertThat(verdict(rolling(), crashed("a", "old", 3), crashed("b", "new", 3)))
                .as("it is not the template")
                .isEqualTo(new Verdict.Open());
    }

    @Test
    void waitingForANodeIsForTheDeadlineToEnd() {
        assertThat(verdict(rolling(), ready("a", "old"), unschedulable("b", "new")))
                .isEqualTo(new Verdict.Open());
        Deployment late = new DeploymentBuilder(rolling())
                .editStatus()
                .addNewCondition()
                .withType("Progressing")
                .withStatus("False")
                .withReason("ProgressDeadlineExceeded")
                .endCondition()
                .endStatus()
                .build();
        assertThat(verdict(late, ready("a", "old"), unschedulable("b", "new")))
                .isInstanceOfSatisfying(Verdict.Bad.class, bad -> {
                    assertThat(bad.reason()).isEqualTo("NotReadyInTime");
                    assertThat(bad.message()).contains("No node takes worker b");
                });
    }

    @Test
    void aGpuThatAnOldPodHoldsTurnsTheOrderOfReplacementUntilItIsDone() {
        assertThat(hasRoom(rolling(), ready("a", "old"), unschedulable("b", "new")))
                .isFalse();
        assertThat(hasRoom(rolling(), ready("a", "old"), ready("b", "new"))).isTrue();
        assertThat(hasRoom(deployment("new", 2, 2, 2), ready("a", "new"), unschedulable("b", "new")))
                .as("no old pod holds it")
                .isTrue();
        Deployment inPlace = new DeploymentBuilder(rolling())
                .editSpec()
                .withNewStrategy()
                .withNewRollingUpdate()
                .withNewMaxSurge(0)
                .endRollingUpdate()
                .endStrategy()
                .endSpec()
                .build();
        assertThat(hasRoom(inPlace, ready("b", "new"))).as("once begun").isFalse();
        assertThat(Rolling.hasRoomForOneMore(Optional.empty(), observed(rolling(), unschedulable("b", "new")), NOW))
                .as("without a GPU")
                .isTrue();
    }

    private static boolean hasRoom(Deployment deployment, Pod... pods) {
        return Rolling.hasRoomForOneMore(Optional.of("nvidia.com/gpu"), observed(deployment, pods), NOW);
    }

    private static Verdict verdict(Deployment deployment, Pod... pods) {
        return PodVerdict.of("new", observed(deployment, pods), NOW);
    }

    private static Observed observed(Deployment deployment, Pod... pods) {
        return Observations.allWell()
                .withPods(1, pods)
                .withDeployment(deployment)
                .build();
    }

    /** One new pod beside the one old one. */
    private static Deployment rolling() {
        return deployment("new", 1, 1, 2, 1);
    }

    private static Deployment deployment(String template, int wanted, int updated, int all) {
        return deployment(template, wanted, updated, all, all);
    }

    private static Deployment deployment(String template, int wanted, int updated, int all, int available) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withGeneration(3L)
                .endMetadata()
                .withNewSpec()
                .withReplicas(wanted)
                .withNewTemplate()
                .withNewMetadata()
                .addToAnnotations(Names.TEMPLATE, template)
                .endMetadata()
                .endTemplate()
                .endSpec()
                .withNewStatus()
                .withObservedGeneration(3L)
                .withReplicas(all)
                .withUpdatedReplicas(updated)
                .withAvailableReplicas(available)
                .endStatus()
                .build();
    }

    private static Pod ready(String name, String template) {
        return pod(
                name,
                template,
                LONG,
                status -> status.addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition());
    }

    private static Pod imagePull(String name, String template, Duration age) {
        return pod(
                name,
                template,
                age,
                status -> status.addNewContainerStatus()
                        .withNewState()
                        .withNewWaiting()
                        .withReason("ImagePullBackOff")
                        .endWaiting()
                        .endState()
                        .endContainerStatus());
    }

    private static Pod crashed(String name, String template, int restarts) {
        return pod(
                name,
                template,
                LONG,
                status -> status.addNewContainerStatus()
                        .withRestartCount(restarts)
                        .withNewLastState()
                        .withNewTerminated()
                        .withExitCode(1)
                        .endTerminated()
                        .endLastState()
                        .endContainerStatus());
    }

    private static Pod unschedulable(String name, String template) {
        return pod(
                name,
                template,
                LONG,
                status -> status.addNewCondition()
                        .withType("PodScheduled")
                        .withStatus("False")
                        .withReason("Unschedulable")
                        .withMessage("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
                        .endCondition());
    }

    private static Pod pod(String name, String template, Duration age, UnaryOperator<PodStatusBuilder> status) {
        return new PodBuilder(Observations.pod(name, status))
                .editMetadata()
                .withCreationTimestamp(NOW.minus(age).toString())
                .addToAnnotations(Names.TEMPLATE, template)
                .endMetadata()
                .build();
    }
}
