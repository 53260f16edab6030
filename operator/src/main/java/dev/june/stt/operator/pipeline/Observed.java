package dev.june.stt.operator.pipeline;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.operator.probe.SecretState;
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
 * @param replicas workers wanted
 */
record Observed(
        Optional<Deployment> deployment,
        List<Pod> pods,
        Map<String, SecretState> secrets,
        Optional<LiveKitState> livekit,
        Optional<StreamsState> streams,
        int replicas) {
    Observed {
        pods = List.copyOf(pods);
        secrets = Map.copyOf(secrets);
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
