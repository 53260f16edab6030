package dev.june.stt.operator.pipeline;

import static dev.june.stt.operator.pipeline.Observations.allWell;
import static dev.june.stt.operator.pipeline.Observations.pod;
import static dev.june.stt.operator.pipeline.Observations.readyPod;
import static dev.june.stt.operator.pipeline.Observations.report;
import static dev.june.stt.operator.pipeline.Observations.secret;
import static dev.june.stt.operator.pipeline.Observations.streams;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.WebhookGone;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.operator.probe.SecretState;
import dev.june.stt.operator.rollout.Candidate;
import dev.june.stt.operator.rollout.Memory;
import dev.june.stt.operator.rollout.Trial;
import dev.june.stt.operator.streams.StreamsState;
import dev.june.stt.operator.streams.Trouble;
import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChecksTest {
    private static final SttPipeline WITH_WEBHOOK = Pipelines.withWebhook();

    private final SttPipeline pipeline = Pipelines.minimal();

    @Test
    void nothingIsFoundWhenAllIsWell() {
        assertThat(find(allWell())).isEmpty();
    }

    @Test
    void aMissingSecretSaysHowToCreateIt() {
        Finding finding = first(pipeline, allWell().with("livekit", new SecretState.Missing()));
        assertThat(finding.reason()).isEqualTo("LiveKitSecretMissing");
        assertThat(finding.type()).isEqualTo("ReferencesResolved");
        assertThat(finding.message())
                .contains("Secret livekit, named by livekit.credentialsSecretRef, does not exist in namespace stt")
                .contains("kubectl -n stt create secret generic livekit --from-literal=apiKey=");
    }

    @Test
    void aSecretWithoutAKeySaysWhatIsThere() {
        Finding finding = first(pipeline, allWell().with("livekit", secret(Map.of("apikey", "k", "apiSecret", "s"))));
        assertThat(finding.reason()).isEqualTo("LiveKitSecretIncomplete");
        assertThat(finding.message()).contains("expected the keys apiKey and apiSecret, found apiSecret, apikey");
    }

    @Test
    void anEmptyValueIsAsGoodAsNone() {
        assertThat(first(pipeline, allWell().with("livekit", secret(Map.of("apiKey", " ", "apiSecret", "s"))))
                        .reason())
                .isEqualTo("LiveKitSecretIncomplete");
    }

    @Test
    void aSecretThatMayNotBeReadIsNotCalledMissing() {
        assertThat(first(pipeline, allWell().with("livekit", new SecretState.Forbidden()))
                        .reason())
                .isEqualTo("SecretForbidden");
    }

    @Test
    void everySecretThatIsNamedIsLookedFor() {
        SttPipeline with = Pipelines.withSpec("""
                access: {apiKeysSecretRef: {name: keys}}
                """);
        assertThat(first(with, allWell().with("keys", new SecretState.Missing()))
                        .reason())
                .isEqualTo("AccessSecretMissing");
        assertThat(first(with, allWell().with("keys", secret(Map.of("client", "record"))))
                        .reason())
                .as("no key can be checked without the pepper")
                .isEqualTo("AccessSecretIncomplete");
        assertThat(find(with, allWell().with("keys", secret(Map.of("client", "record", "pepper", "p")))))
                .isEmpty();
    }

    @Test
    void aBadSigningKeyIsNamedAndNotShown() {
        String good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assertThat(find(WITH_WEBHOOK, allWell().with("webhook", secret(Map.of("old", good, "new", good)))))
                .isEmpty();
        Finding finding = first(WITH_WEBHOOK, allWell().with("webhook", secret(Map.of("old", good, "new", "hunter2"))));
        assertThat(finding.reason()).isEqualTo("WebhookSigningKeyUnusable");
        assertThat(finding.message())
                .startsWith("Secret webhook, named by delivery.webhook.signingSecretRef: key new: expected whsec_")
                .doesNotContain("hunter2");
    }

    @Test
    void aReceiverThatIsGoneIsSaidUntilTheSpecChanges() {
        Observations well = allWell().with("webhook", secret(Map.of("k", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
        Finding finding = first(
                WITH_WEBHOOK,
                well.withStreams(streams(new WebhookGone("https://a.example/x", 7, "2026-11-24T12:00:00Z"))));
        assertThat(finding.reason()).isEqualTo("WebhookGone");
        assertThat(finding.message()).contains("410 at 2026-11-24T12:00:00Z");
        assertThat(find(
                        WITH_WEBHOOK,
                        well.withStreams(streams(new WebhookGone("https://a.example/x", 6, "2026-11-24T12:00:00Z")))))
                .isEmpty();
        assertThat(find(
                        WITH_WEBHOOK,
                        well.withStreams(streams(new WebhookGone("https://a.example/y", 7, "2026-11-24T12:00:00Z")))))
                .isEmpty();
    }

    @Test
    void anUnknownBuiltinModelNamesTheKnownOnes() {
        Finding finding = first(Pipelines.withSpec("model: {name: large-v3}"), allWell());
        assertThat(finding.reason()).isEqualTo("UnknownModel");
        assertThat(finding.message())
                .contains("large-v3")
                .contains("base, tiny.en")
                .contains("model.source");
    }

    @Test
    void anUnknownQuantizationIsFoundToo() {
        assertThat(first(Pipelines.withSpec("model: {quantization: q8_0}"), allWell())
                        .reason())
                .isEqualTo("UnknownQuantization");
    }

    @Test
    void aModelFromElsewhereMayHaveAnyName() {
        assertThat(find(
                        Pipelines.withSpec("model: {name: large-v3, source: pvc, claimName: models, path: large.bin}"),
                        allWell()))
                .isEmpty();
    }

    @Test
    void whatIsWrongWithNatsIsPassedOn() {
        Finding finding = first(
                pipeline,
                allWell()
                        .withStreams(
                                streams(new Trouble("NatsUnreachable", "does not answer"), report("w-0", 7, null))));
        assertThat(finding)
                .isEqualTo(new Finding("StreamsReady", Finding.Kind.PROBLEM, "NatsUnreachable", "does not answer"));
    }

    @Test
    void aRefusedKeyNamesTheSecret() {
        Finding finding = first(pipeline, allWell().with(new LiveKitState.KeyRefused()));
        assertThat(finding.reason()).isEqualTo("LiveKitKeyRefused");
        assertThat(finding.message()).contains("ws://livekit:7880").contains("Secret livekit");
    }

    @Test
    void anUnreachableLiveKitIsFoundUnlessAWorkerListensToARoom() {
        LiveKitState away = new LiveKitState.Unreachable("no connection");
        assertThat(first(pipeline, allWell().with(away)).reason()).isEqualTo("LiveKitUnreachable");
        StreamsState listening = streams(null, new WorkerReport("w-0", 7, true, 2, 5, null, null, null));
        assertThat(find(allWell().with(away).withStreams(listening))).isEmpty();
    }

    @Test
    void theReportOfAPodThatIsGoneProvesNothing() {
        StreamsState past =
                streams(null, report("w-0", 7, null), new WorkerReport("w-gone", 7, true, 2, 5, null, null, null));
        assertThat(first(
                                pipeline,
                                allWell()
                                        .with(new LiveKitState.Unreachable("x"))
                                        .withStreams(past))
                        .reason())
                .isEqualTo("LiveKitUnreachable");
    }

    @Test
    void workersThatLoadTheirModelAreProgressAndNoProblem() {
        Finding finding = first(
                pipeline,
                allWell()
                        .withPods(
                                0,
                                pod(
                                        "w-0",
                                        status -> status.addNewContainerStatus()
                                                .withNewState()
                                                .withNewRunning()
                                                .endRunning()
                                                .endState()
                                                .endContainerStatus())));
        assertThat(finding.reason()).isEqualTo("ModelLoading");
        assertThat(finding.isProblem()).isFalse();
    }

    @Test
    void oneBrokenWorkerOfManyDegradesAndTheRestIsStillAvailable() {
        Finding finding = first(pipeline, allWell().withPods(1, readyPod("w-0"), imagePull("w-1")));
        assertThat(finding.type()).isEqualTo("Degraded");
        assertThat(finding.reason()).isEqualTo("ImagePull");
    }

    @Test
    void theOnlyWorkerBrokenMeansNoneAvailable() {
        Finding finding = first(pipeline, allWell().withPods(0, imagePull("w-0")));
        assertThat(finding.type()).isEqualTo("WorkersAvailable");
        assertThat(finding.message())
                .contains("w-0")
                .contains("example/worker:9")
                .contains("spec.workers.image");
    }

    @Test
    void growingDoesNotMakeAPipelineUnready() {
        SttPipeline growing = Pipelines.withSpec("workers: {replicas: {min: 1, max: 8}}");
        assertThat(find(growing, allWell().withReplicas(5))).isEmpty();
    }

    @Test
    void whoSetsReplicasGetsToKnowWhenSomeAreMissing() {
        SttPipeline fixed = Pipelines.withSpec("""
                replicas: 2
                autoscaling: {mode: None}
                """);
        Finding finding = first(fixed, allWell().withReplicas(2));
        assertThat(finding.reason()).isEqualTo("StartingWorkers");
        assertThat(finding.message()).startsWith("1 of 2 workers are available");
    }

    @Test
    void suspendedIsIntended() {
        Finding finding =
                first(Pipelines.withSpec("suspend: true"), allWell().withPods(0).withReplicas(0));
        assertThat(finding.reason()).isEqualTo("Suspended");
        assertThat(finding.kind()).isEqualTo(Finding.Kind.INTENDED);
    }

    @Test
    void aRolloutThatMissesItsDeadlineIsStuck() {
        Finding finding = first(
                pipeline,
                allWell()
                        .withDeployment(new DeploymentBuilder(Observations.deployment(1))
                                .editStatus()
                                .addNewCondition()
                                .withType("Progressing")
                                .withStatus("False")
                                .withReason("ProgressDeadlineExceeded")
                                .withMessage("ReplicaSet has timed out progressing.")
                                .endCondition()
                                .endStatus()
                                .build()));
        assertThat(finding.reason()).isEqualTo("RolloutStuck");
        assertThat(finding.type()).isEqualTo("Degraded");
    }

    @Test
    void aRefusedConfigurationNamesWorkerAndField() {
        WorkerReport.Refusal refusal = new WorkerReport.Refusal(7, "segmentation.endSilence", "expected less");
        Finding finding = first(pipeline, allWell().withStreams(streams(null, report("w-0", 6, refusal))));
        assertThat(finding.reason()).isEqualTo("RejectedByWorker");
        assertThat(finding.message())
                .contains("Worker w-0 refuses segmentation.endSilence: expected less")
                .contains("goes on with generation 6");
    }

    @Test
    void whatWasRolledBackIsSaidWithTheReasonUntilTheSpecChanges() {
        Trial template = new Trial(
                Optional.of(new Candidate("a", "{}")),
                Optional.of(new Trial.Refused("b", "ImagePull", "The image cannot be pulled.")));
        Trial document = new Trial(
                Optional.of(new Candidate("c", "{\"generation\":5}")),
                Optional.of(new Trial.Refused("d", "RejectedByWorker", "Worker w-0 refuses it.")));
        List<Finding> findings =
                Checks.findings(pipeline, allWell().build().remembering(new Memory(template, document)));
        assertThat(findings).extracting(Finding::reason).containsExactly("PodsRolledBack", "RolledBack");
        assertThat(findings.getFirst().message())
                .contains("The image cannot be pulled.")
                .contains("change it to try");
        assertThat(findings.getLast().message())
                .contains("Worker w-0 refuses it.")
                .contains("generation 5");
    }

    @Test
    void anUnwellWorkerIsSaidWhetherItIsReplacedOrNot() {
        Healing.Trouble trouble = new Healing.Trouble("w-0", "GpuFault", "Worker w-0: decodes fail.");
        assertThat(Checks.findings(pipeline, allWell().build().healing(new Healing.Hold(trouble, "one is new"))))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.reason()).isEqualTo("GpuFault");
                    assertThat(finding.message()).contains("not replaced now: one is new");
                });
        assertThat(Checks.findings(pipeline, allWell().build().healing(new Healing.Replace(readyPod("w-0"), trouble))))
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("another one takes its place"));
    }

    @Test
    void kedaThatIsNotInstalledIsSaidAndTheOperatorScales() {
        SttPipeline keda = Pipelines.withSpec("autoscaling: {mode: KEDA, keda: {natsMonitoring: \"nats:8222\"}}");
        Scalers without = new Scalers(Optional.of(false), Set.of());
        assertThat(Checks.findings(keda, allWell().build().beside(without)))
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).isEqualTo("KedaMissing"));
        assertThat(without.mode(Autoscaling.Mode.KEDA)).isEqualTo(Autoscaling.Mode.OPERATOR);
        assertThat(find(keda, allWell())).as("not asked yet").isEmpty();
        Scalers with = new Scalers(Optional.of(true), Set.of());
        assertThat(with.mode(Autoscaling.Mode.KEDA)).isEqualTo(Autoscaling.Mode.KEDA);
    }

    @Test
    void aRefusalOfAnOlderConfigurationIsPast() {
        WorkerReport.Refusal refusal = new WorkerReport.Refusal(6, "segmentation.endSilence", "expected less");
        assertThat(find(allWell().withStreams(streams(null, report("w-0", 7, refusal)))))
                .isEmpty();
    }

    @Test
    void aWorkerBehindIsProgress() {
        Finding finding = first(pipeline, allWell().withStreams(streams(null, report("w-0", 6, null))));
        assertThat(finding.reason()).isEqualTo("RollingOut");
        assertThat(finding.message()).isEqualTo("0 of 1 workers run generation 7.");
    }

    @Test
    void whatComesFirstIsToBeMendedFirst() {
        List<Finding> findings = find(
                Pipelines.withSpec("model: {name: nope}"),
                allWell()
                        .with("livekit", new SecretState.Missing())
                        .with(new LiveKitState.KeyRefused())
                        .withStreams(streams(new Trouble("NatsUnreachable", "x")))
                        .withPods(0, imagePull("w-0")));
        assertThat(findings)
                .extracting(Finding::reason)
                .containsExactly(
                        "LiveKitSecretMissing",
                        "UnknownModel",
                        "NatsUnreachable",
                        "LiveKitKeyRefused",
                        "ImagePull",
                        "NoWorkers");
    }

    @Test
    void workersAreHeldWhileAReferenceIsUnresolvedOrUnseenAndForNothingElse() {
        assertThat(holds(pipeline, allWell())).isFalse();
        assertThat(holds(pipeline, allWell().withNothingSeenYet())).isTrue();
        assertThat(holds(pipeline, allWell().with("livekit", new SecretState.Missing())))
                .isTrue();
        assertThat(holds(Pipelines.withSpec("model: {name: nope}"), allWell())).isTrue();
        assertThat(holds(pipeline, allWell().with(new LiveKitState.KeyRefused())))
                .isFalse();
        assertThat(holds(pipeline, allWell().withStreams(streams(new Trouble("NatsUnreachable", "x")))))
                .isFalse();
        assertThat(holds(Pipelines.withSpec("suspend: true"), allWell().withNothingSeenYet()))
                .isFalse();
    }

    private static io.fabric8.kubernetes.api.model.Pod imagePull(String name) {
        return pod(
                name,
                status -> status.addNewContainerStatus()
                        .withImage("example/worker:9")
                        .withNewState()
                        .withNewWaiting()
                        .withReason("ImagePullBackOff")
                        .withMessage("Back-off pulling image")
                        .endWaiting()
                        .endState()
                        .endContainerStatus());
    }

    private static boolean holds(SttPipeline pipeline, Observations observations) {
        return Checks.holdWorkers(pipeline, Checks.findings(pipeline, observations.build()));
    }

    private List<Finding> find(Observations observations) {
        return find(pipeline, observations);
    }

    private static List<Finding> find(SttPipeline pipeline, Observations observations) {
        return Checks.findings(pipeline, observations.build());
    }

    private static Finding first(SttPipeline pipeline, Observations observations) {
        return Optional.of(find(pipeline, observations))
                .filter(findings -> !findings.isEmpty())
                .map(List::getFirst)
                .orElseThrow(() -> new AssertionError("nothing was found"));
    }
}
