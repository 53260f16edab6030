package dev.june.stt.operator.pipeline;

import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.autoscaling.Demand;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.operator.probe.SecretState;
import dev.june.stt.operator.rollout.Memory;
import dev.june.stt.operator.streams.StreamsState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a pipeline's surroundings at one moment, from caches alone.
 *
 * @param pods its workers, also those that are ending
 * @param secrets by name; those not yet looked at are absent
 * @param livekit absent while not yet looked at
 * @param streams absent while not yet looked at
 * @param scaling how many workers are wanted, and why
 * @param memory what worked last and what was refused
 * @param healing whether a worker is unwell, and what is done about it
 * @param scalers who else could scale it
 */
record Observed(
        Optional<Deployment> deployment,
        List<Pod> pods,
        Map<String, SecretState> secrets,
        Optional<LiveKitState> livekit,
        Optional<StreamsState> streams,
        Decision scaling,
        Memory memory,
        Healing healing,
        Scalers scalers) {
    Observed {
        pods = List.copyOf(pods);
        secrets = Map.copyOf(secrets);
    }

    Observed scaledTo(Decision decision) {
        return new Observed(deployment, pods, secrets, livekit, streams, decision, memory, healing, scalers);
    }

    Observed remembering(Memory concluded) {
        return new Observed(deployment, pods, secrets, livekit, streams, scaling, concluded, healing, scalers);
    }

    Observed healing(Healing decided) {
        return new Observed(deployment, pods, secrets, livekit, streams, scaling, memory, decided, scalers);
    }

    Observed beside(Scalers others) {
        return new Observed(deployment, pods, secrets, livekit, streams, scaling, memory, healing, others);
    }

    /** Workers wanted. */
    int replicas() {
        return scaling.replicas();
    }

    /** Workers that there are meant to be until something else is decided, if there are any yet. */
    Optional<Integer> currentReplicas() {
        return deployment.map(each -> each.getSpec().getReplicas());
    }

    /** What is known while the streams are; otherwise nothing, rather than what was seen before. */
    Demand demand() {
        return streams.filter(state -> state.trouble().isEmpty())
                .map(state -> Demand.of(reports(), state.queueSeconds()))
                .orElse(Demand.UNKNOWN);
    }

    /** What became of the utterances of variants. */
    VariantTallies tallies() {
        return streams.map(StreamsState::variants).orElse(VariantTallies.NONE);
    }

    List<Pod> readyPods() {
        return pods.stream().filter(PodHealth::isReady).toList();
    }

    int readyReplicas() {
        return status(DeploymentStatus::getReadyReplicas);
    }

    int availableReplicas() {
        return status(DeploymentStatus::getAvailableReplicas);
    }

    /** Reports of the pods that exist; what a pod that is gone once said does not count. */
    List<WorkerReport> reports() {
        List<String> names =
                pods.stream().map(pod -> pod.getMetadata().getName()).toList();
        return streams.map(StreamsState::reports).orElse(List.of()).stream()
                .filter(report -> names.contains(report.worker()))
                .toList();
    }

    /** Ready workers that say they run this generation of the configuration, or a newer one. */
    int workersAt(long generation) {
        List<String> ready =
                readyPods().stream().map(pod -> pod.getMetadata().getName()).toList();
        return (int) reports().stream()
                .filter(report -> ready.contains(report.worker()) && report.generation() >= generation)
                .count();
    }

    int activeRooms() {
        return reports().stream().mapToInt(WorkerReport::rooms).sum();
    }

    int activeParticipants() {
        return reports().stream().mapToInt(WorkerReport::participants).sum();
    }

    private int status(java.util.function.Function<DeploymentStatus, Integer> figure) {
        return deployment
                .map(Deployment::getStatus)
                .flatMap(status -> Optional.ofNullable(figure.apply(status)))
                .orElse(0);
    }
}
