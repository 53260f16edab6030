package dev.june.stt.operator.pipeline;

import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.WebhookGone;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.operator.probe.SecretState;
import dev.june.stt.operator.rollout.Memory;
import dev.june.stt.operator.streams.NatsAccess;
import dev.june.stt.operator.streams.StreamsState;
import dev.june.stt.operator.streams.Trouble;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Builds what was observed: all well, and then what is different. Immutable. */
record Observations(
        Optional<Deployment> deployment,
        List<Pod> pods,
        Map<String, SecretState> secrets,
        Optional<LiveKitState> livekit,
        Optional<StreamsState> streams,
        int replicas) {
    static final NatsAccess NATS = NatsAccess.anonymous("nats://nats:4222");

    /** One ready worker that runs generation 7. */
    static Observations allWell() {
        return new Observations(
                Optional.of(deployment(1)),
                List.of(readyPod("w-0")),
                Map.of("livekit", secret(Map.of("apiKey", "k", "apiSecret", "s"))),
                Optional.of(new LiveKitState.Reachable()),
                Optional.of(streams(null, report("w-0", 7, null))),
                1);
    }

    Observed build() {
        return new Observed(
                deployment,
                pods,
                secrets,
                livekit,
                streams,
                new Decision(replicas, Decision.Reason.WITHIN_TARGET, "As asked."),
                Memory.EMPTY,
                new Healing.Well(),
                Scalers.UNSEEN);
    }

    Observations with(String name, SecretState state) {
        Map<String, SecretState> more = new HashMap<>(secrets);
        more.put(name, state);
        return new Observations(deployment, pods, more, livekit, streams, replicas);
    }

    Observations with(LiveKitState state) {
        return new Observations(deployment, pods, secrets, Optional.of(state), streams, replicas);
    }

    Observations withStreams(StreamsState state) {
        return new Observations(deployment, pods, secrets, livekit, Optional.of(state), replicas);
    }

    Observations withPods(int available, Pod... some) {
        return new Observations(
                Optional.of(deployment(available)), Arrays.asList(some), secrets, livekit, streams, replicas);
    }

    Observations withDeployment(@Nullable Deployment other) {
        return new Observations(Optional.ofNullable(other), pods, secrets, livekit, streams, replicas);
    }

    Observations withReplicas(int wanted) {
        return new Observations(deployment, pods, secrets, livekit, streams, wanted);
    }

    Observations withNothingSeenYet() {
        return new Observations(Optional.empty(), List.of(), Map.of(), Optional.empty(), Optional.empty(), replicas);
    }

    static SecretState secret(Map<String, String> text) {
        Map<String, String> data = new HashMap<>();
        text.forEach((key, value) -> data.put(
                key, Base64.getEncoder().encodeToString(value.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
        return new SecretState.Present(data);
    }

    static StreamsState streams(@Nullable Trouble trouble, WorkerReport... reports) {
        return new StreamsState(
                NATS,
                Optional.ofNullable(trouble),
                false,
                3,
                12.0,
                1,
                List.of(reports),
                VariantTallies.NONE,
                Optional.empty());
    }

    /** All well, but that a worker has found the webhook's receiver gone. */
    static StreamsState streams(WebhookGone gone) {
        return new StreamsState(
                NATS,
                Optional.empty(),
                false,
                3,
                12.0,
                1,
                List.of(report("w-0", 7, null)),
                VariantTallies.NONE,
                Optional.of(gone));
    }

    static WorkerReport report(String worker, long generation, WorkerReport.@Nullable Refusal refused) {
        return new WorkerReport(worker, generation, true, 0, 0, null, null, refused);
    }

    static Deployment deployment(int available) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .withReplicas(1)
                .endSpec()
                .withNewStatus()
                .withObservedGeneration(1L)
                .withReplicas(1)
                .withUpdatedReplicas(1)
                .withReadyReplicas(available)
                .withAvailableReplicas(available)
                .endStatus()
                .build();
    }

    static Pod readyPod(String name) {
        return pod(
                name,
                status -> status.addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition());
    }

    static Pod pod(String name, UnaryOperator<PodStatusBuilder> status) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withStatus(status.apply(new PodStatusBuilder()).build())
                .build();
    }
}
