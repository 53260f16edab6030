package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RolloutIT {
    private final PipelineNamespace namespace = new PipelineNamespace();

    @BeforeEach
    void secret() {
        namespace.createLiveKitSecret();
    }

    @Test
    void aWrongImageRollsBackByItselfAndIsNotTriedAgain() {
        String wrong = "  workers: {image: \"june-stt/worker:wrong\"}\n";
        try (RunningOperator operator = new RunningOperator(namespace.name)) {
            applyAndStart();
            PipelineNamespace.await(
                    () -> namespace.remembered().containsKey("pods.good"), () -> "the good template is remembered");
            namespace.apply(namespace.yaml() + wrong);
            namespace.awaitImage("june-stt/worker:wrong");
            namespace.actAsKubeletThatRefusesTheNewImage();
            assertThat(namespace
                            .awaitCondition("Degraded", "True", "PodsRolledBack")
                            .getMessage())
                    .contains("june-stt/worker:wrong")
                    .contains("Correct spec.workers.image");
            namespace.awaitImage("june-stt/worker:test");
            namespace.awaitCondition("Ready", "True", "WorkersReady");
            assertThat(namespace.pipeline().getSpec().workers().image()).isEqualTo("june-stt/worker:wrong");
            PipelineNamespace.await(() -> namespace.events().contains("PodsRolledBack"), () -> "an event that says so");
            assertThat(operator.meters
                            .get("stt_operator_rollbacks")
                            .tag("what", "pods")
                            .counter()
                            .count())
                    .isOne();
        }
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml() + wrong + "  segmentation: {endSilence: 900ms}\n");
            namespace.awaitCondition("Degraded", "True", "PodsRolledBack");
            namespace.awaitCondition("ConfigurationApplied", "False", "RollingOut");
            assertThat(namespace.image()).isEqualTo("june-stt/worker:test");

            namespace.apply(namespace.yaml() + "  workers: {image: \"june-stt/worker:right\"}\n");
            namespace.awaitImage("june-stt/worker:right");
        }
    }

    @Test
    void aRefusedDocumentGivesWayToTheLastGoodOneUntilTheSpecIsMended() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            applyAndStart();
            namespace.reportAsWorker("main-workers-0", 1, "");
            namespace.awaitCondition("ConfigurationApplied", "True", "AllWorkersCurrent");
            String good = namespace.document();

            namespace.apply(namespace.yaml() + "  segmentation: {endSilence: 900ms}\n");
            namespace.awaitCondition("ConfigurationApplied", "False", "RollingOut");
            namespace.reportAsWorker(
                    "main-workers-0",
                    1,
                    ",\"refused\":{\"generation\":2,\"field\":\"spec.segmentation\",\"message\":\"too long\"}");
            assertThat(namespace
                            .awaitCondition("ConfigurationApplied", "False", "RolledBack")
                            .getMessage())
                    .contains("main-workers-0 refuses spec.segmentation: too long")
                    .contains("generation 1");
            PipelineNamespace.await(
                    () -> namespace.document().equals(good)
                            && namespace.publishedDocument().equals(good),
                    () -> "the good document for those that start and those that run");
            assertThat(namespace.pipeline().getSpec().segmentation().endSilence())
                    .hasToString("900ms");

            namespace.reportAsWorker("main-workers-0", 1, "");
            namespace.apply(namespace.yaml() + "  segmentation: {endSilence: 800ms}\n");
            PipelineNamespace.await(
                    () -> namespace.publishedDocument().contains("\"endSilence\":\"800ms\""), () -> "the next one");
            namespace.reportAsWorker("main-workers-0", 3, "");
            namespace.awaitCondition("ConfigurationApplied", "True", "AllWorkersCurrent");
        }
    }

    @Test
    void aWorkerThatHangsIsReplacedAndNotTheNextOneRightAfter() {
        String hangs = ",\"health\":{\"hangs\":true,\"stalledSeconds\":0,\"failuresInARow\":1,\"memoryPercent\":40}";
        try (RunningOperator operator = new RunningOperator(namespace.name)) {
            applyAndStart();
            namespace.reportAsWorker("main-workers-0", 1, hangs);
            PipelineNamespace.await(() -> namespace.workers().isEmpty(), () -> "it goes");
            PipelineNamespace.await(() -> namespace.events().contains("WorkerReplaced"), () -> "an event that says so");
            assertThat(operator.meters
                            .get("stt_operator_heals")
                            .tag("reason", "WorkerStalled")
                            .counter()
                            .count())
                    .isOne();

            // The new one is of the same name here, so that the old one's report counts for it.
            namespace.actAsKubeletWithReadyWorkers();
            PipelineNamespace.await(
                    () -> namespace
                            .condition("Degraded")
                            .filter(condition -> condition.getMessage().contains("It is not replaced now"))
                            .isPresent(),
                    () -> "the next one is unwell; status is "
                            + namespace.pipeline().getStatus());
            assertThat(namespace.workers()).containsExactly("main-workers-0");
        }
    }

    private void applyAndStart() {
        namespace.apply(namespace.yaml());
        namespace.awaitCondition("Ready", "False", "StartingWorkers");
        namespace.actAsKubeletWithReadyWorkers();
        namespace.awaitCondition("Ready", "True", "WorkersReady");
    }
}
