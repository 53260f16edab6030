package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LifecycleIT {
    private final PipelineNamespace namespace = new PipelineNamespace();

    @BeforeEach
    void secret() {
        namespace.createLiveKitSecret();
    }

    @Test
    void anAppliedPipelineGetsItsObjectsAndStreamsAndIsReadyWithItsWorkers() throws Exception {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            assertThat(objects())
                    .hasSize(6)
                    .allSatisfy(object -> assertThat(object.getMetadata().getOwnerReferences())
                            .as(object.getKind() + ": what the garbage collector goes by")
                            .singleElement()
                            .satisfies(owner -> {
                                assertThat(owner.getUid())
                                        .isEqualTo(namespace
                                                .pipeline()
                                                .getMetadata()
                                                .getUid());
                                assertThat(owner.getController()).isTrue();
                            }));
            // The namespace takes restricted pods alone, so this shows that they are.
            namespace.actAsKubeletWithReadyWorkers();
            namespace.awaitCondition("Ready", "True", "WorkersReady");
            assertThat(streams()).containsExactlyInAnyOrder("UTTERANCES", "TRANSCRIPTS", "DEADLETTERS", "BUCKET");
            namespace.awaitPublished();
            namespace.awaitEvents("StartingWorkers", "WorkersReady");
        }
    }

    @Test
    void aHotChangeReachesRunningWorkersAndRollsNothing() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.actAsKubeletWithReadyWorkers();
            namespace.reportAsWorker("main-workers-0", 1, "");
            namespace.awaitCondition("ConfigurationApplied", "True", "AllWorkersCurrent");
            long before = namespace.deployment().getMetadata().getGeneration();

            namespace.apply(namespace.yaml() + "  segmentation: {endSilence: 900ms}\n");
            namespace.awaitCondition("ConfigurationApplied", "False", "RollingOut");
            assertThat(namespace.document()).contains("\"endSilence\":\"900ms\"");
            namespace.awaitPublished();
            namespace.reportAsWorker("main-workers-0", 2, "");
            namespace.awaitCondition("ConfigurationApplied", "True", "AllWorkersCurrent");
            assertThat(namespace.deployment().getMetadata().getGeneration()).isEqualTo(before);
        }
    }

    @Test
    void aRefusedChangeNamesTheFieldAndWorkersGoOn() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.actAsKubeletWithReadyWorkers();
            namespace.reportAsWorker(
                    "main-workers-0",
                    0,
                    ",\"refused\":{\"generation\":1,\"field\":\"spec.model\",\"message\":\"no such file\"}");
            assertThat(namespace
                            .awaitCondition("ConfigurationApplied", "False", "RejectedByWorker")
                            .getMessage())
                    .contains("main-workers-0 refuses spec.model: no such file");
            namespace.awaitCondition("Ready", "True", "WorkersReady");
            namespace.awaitCondition("Degraded", "True", "RejectedByWorker");
        }
    }

    @Test
    void thePoolFollowsItsTracksAndTheEmptiestWorkerGoesFirst() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml()
                    + "  workers: {replicas: {min: 1, max: 4}}\n  autoscaling: {scaleDownStabilization: 0s}\n");
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.actAsKubeletWithReadyWorkers();
            namespace.reportAsBusyWorker("main-workers-0", 12); // 5.6 tracks at the wished 70 %
            namespace.awaitReplicas(3);
            namespace.awaitEvents("ScalingUp");

            namespace.actAsKubeletWithReadyWorkers();
            // In this order: until the last one has said so, three are wanted.
            namespace.reportAsBusyWorker("main-workers-1", 1);
            namespace.reportAsBusyWorker("main-workers-2", 3);
            namespace.reportAsBusyWorker("main-workers-0", 5);
            namespace.awaitReplicas(2);
            assertThat(namespace.cheapestToDelete()).containsExactly("main-workers-1");
        }
    }

    @Test
    void aDeletedPipelineDrainsItsWorkersAndThenKeepsItsStreamsAlone() throws Exception {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.actAsKubeletWithReadyWorkers();
            namespace.awaitCondition("Ready", "True", "WorkersReady");

            namespace.deletePipeline();
            namespace.awaitCondition("Ready", "False", "Draining");
            assertThat(streams()).as("what draining workers need").hasSize(4);
            namespace.actAsKubeletThatEndsThePods();
            namespace.awaitGone();
            assertThat(streams()).containsExactlyInAnyOrder("UTTERANCES", "TRANSCRIPTS", "DEADLETTERS");
        }
    }

    @Test
    void deletionTakesTheStreamsWhenItIsAskedTo() throws Exception {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml().replace("delivery: {", "delivery: {streamDeletionPolicy: Delete, "));
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.deletePipeline();
            namespace.awaitGone();
            assertThat(streams()).isEmpty();
        }
    }

    @Test
    void aPipelineThatKeepsItsStreamsDoesNotWaitForANatsServerThatIsGone() {
        namespace.apply(namespace.yaml(TestServers.shared().livekit.url(), "nats://127.0.0.1:1"));
        Clock anHourLater = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
        try (RunningOperator _ = new RunningOperator(namespace.name, anHourLater)) {
            namespace.awaitCondition("Ready", "False", "NatsUnreachable");
            namespace.deletePipeline();
            namespace.awaitGone();
            namespace.awaitEvents("StreamsLeftBehind");
        }
    }

    @Test
    void onePipelineThatDeletesItsStreamsWaitsSaysSoAndCanBeLetGo() {
        namespace.apply(namespace
                .yaml(TestServers.shared().livekit.url(), "nats://127.0.0.1:1")
                .replace("delivery: {", "delivery: {streamDeletionPolicy: Delete, "));
        Clock anHourLater = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
        try (RunningOperator _ = new RunningOperator(namespace.name, anHourLater)) {
            namespace.awaitCondition("Ready", "False", "NatsUnreachable");
            namespace.deletePipeline();
            assertThat(namespace
                            .awaitCondition("Ready", "False", "DeletionWaits")
                            .getMessage())
                    .contains("nats://127.0.0.1:1")
                    .contains("annotate stt main stt.june.dev/leave-streams=true");
            namespace.edit(pipeline -> {
                pipeline.getMetadata().getAnnotations().put("stt.june.dev/leave-streams", "true");
                return pipeline;
            });
            namespace.awaitGone();
        }
    }

    @Test
    void suspendedMeansNoWorkersAndEverythingElse() throws Exception {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml() + "  suspend: true\n");
            namespace.awaitCondition("Ready", "False", "Suspended");
            assertThat(namespace.deployment().getSpec().getReplicas()).isZero();
            assertThat(streams()).hasSize(4);
            namespace.apply(namespace.yaml() + "  suspend: false\n");
            PipelineNamespace.await(
                    () -> namespace.deployment().getSpec().getReplicas() == 1, () -> "a worker is wanted again");
        }
    }

    @Test
    void theScaleSubresourceSetsTheWorkersWhereNobodyElseDoes() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml() + "  autoscaling: {mode: None}\n");
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace
                    .client
                    .resources(SttPipeline.class)
                    .inNamespace(namespace.name)
                    .withName("main")
                    .scale(4);
            PipelineNamespace.await(
                    () -> namespace.deployment().getSpec().getReplicas() == 4, () -> "four workers are wanted");
        }
    }

    private List<HasMetadata> objects() {
        KubernetesClient client = namespace.client;
        String in = namespace.name;
        return Stream.<HasMetadata>of(
                        client.serviceAccounts()
                                .inNamespace(in)
                                .withName("main-workers")
                                .get(),
                        client.configMaps()
                                .inNamespace(in)
                                .withName("main-config")
                                .get(),
                        client.services()
                                .inNamespace(in)
                                .withName("main-workers")
                                .get(),
                        client.policy()
                                .v1()
                                .podDisruptionBudget()
                                .inNamespace(in)
                                .withName("main-workers")
                                .get(),
                        client.network()
                                .v1()
                                .networkPolicies()
                                .inNamespace(in)
                                .withName("main-workers")
                                .get(),
                        client.apps()
                                .deployments()
                                .inNamespace(in)
                                .withName("main-workers")
                                .get())
                .toList();
    }

    /** Ends of the names of this pipeline's streams. */
    private List<String> streams() throws Exception {
        List<String> found = new java.util.ArrayList<>();
        TestServers.shared()
                .withNats(nats -> nats.jetStreamManagement().getStreamNames().stream()
                        .filter(name -> name.contains("_" + namespace.name + "_"))
                        .map(name -> name.startsWith("KV_") ? "BUCKET" : name.substring(name.lastIndexOf('_') + 1))
                        .forEach(found::add));
        return found;
    }
}
