package dev.june.stt.operator.pipeline;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads from a Deployment how far the replacement of its pods is. Pure. */
final class Rolling {
    /** For the scheduler to look again, and for a pod that is just ending to free its GPU. */
    private static final Duration NO_ROOM = Duration.ofSeconds(30);

    private Rolling() {}

    /** Whether the status speaks of the newest spec. */
    static boolean isSeen(Deployment deployment) {
        return deployment.getStatus() != null
                && deployment.getStatus().getObservedGeneration() != null
                && deployment.getStatus().getObservedGeneration()
                        >= deployment.getMetadata().getGeneration();
    }

    /** Whether all pods are of the newest template and available. */
    static boolean isComplete(Deployment deployment) {
        int wanted = deployment.getSpec().getReplicas();
        DeploymentStatus status = deployment.getStatus();
        return isSeen(deployment)
                && number(status.getUpdatedReplicas()) == wanted
                && number(status.getReplicas()) == wanted
                && number(status.getAvailableReplicas()) == wanted;
    }

    static boolean hasMissedItsDeadline(Deployment deployment) {
        return deployment.getStatus() != null
                && deployment.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Progressing")
                                && condition.getStatus().equals("False")
                                && "ProgressDeadlineExceeded".equals(condition.getReason()));
    }

    /**
     * Whether new pods may come before old ones go. Not where the GPU that a new one needs is held by an old one; and once that was
     * seen, not until the replacement is done.
     */
    static boolean hasRoomForOneMore(Optional<String> gpu, Observed observed, Instant now) {
        if (gpu.isEmpty() || observed.deployment().isEmpty()) {
            return true;
        }
        Deployment deployment = observed.deployment().get();
        boolean goesOn = replacesInPlace(deployment) && !isComplete(deployment);
        boolean seen = observed.pods().stream().anyMatch(pod -> lacks(pod, gpu.get(), now));
        return !goesOn && !(seen && hasOldPods(deployment));
    }

    private static boolean replacesInPlace(Deployment deployment) {
        return Optional.ofNullable(deployment.getSpec().getStrategy())
                .map(strategy -> strategy.getRollingUpdate())
                .map(update -> update.getMaxSurge())
                .filter(surge -> Objects.equals(surge.getIntVal(), 0))
                .isPresent();
    }

    private static boolean hasOldPods(Deployment deployment) {
        return deployment.getStatus() != null
                && number(deployment.getStatus().getReplicas())
                        > number(deployment.getStatus().getUpdatedReplicas());
    }

    private static boolean lacks(Pod pod, String gpu, Instant now) {
        return PodHealth.age(pod, now).compareTo(NO_ROOM) >= 0
                && PodHealth.trouble(pod)
                        .filter(trouble -> trouble.reason().equals("Unschedulable")
                                && trouble.message().contains("Insufficient " + gpu))
                        .isPresent();
    }

    private static int number(@Nullable Integer figure) {
        return figure == null ? 0 : figure;
    }
}
