package dev.june.stt.operator.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.june.stt.config.TerminationMessage;
import dev.june.stt.operator.condition.Observation;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads from a pod's status why it does not work. Pure. */
final class PodHealth {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_MESSAGE = 400;

    private PodHealth() {}

    /**
     * Why a worker cannot run.
     *
     * @param reason in CamelCase
     * @param message what is wrong and what to do
     */
    record Trouble(String reason, String message) {}

    static boolean isReady(Pod pod) {
        return !isEnding(pod)
                && condition(pod, "Ready")
                        .filter(c -> c.getStatus().equals("True"))
                        .isPresent();
    }

    static boolean isEnding(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    /** Whether its process runs, ready or not. */
    static boolean isRunning(Pod pod) {
        return !isEnding(pod)
                && statuses(pod).stream()
                        .anyMatch(status ->
                                status.getState() != null && status.getState().getRunning() != null);
    }

    static Optional<Trouble> trouble(Pod pod) {
        if (isEnding(pod) || isReady(pod)) {
            return Optional.empty();
        }
        return unschedulable(pod)
                .or(() -> statuses(pod).stream()
                        .map(status -> trouble(pod, status))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    private static Optional<Trouble> unschedulable(Pod pod) {
        return condition(pod, "PodScheduled")
                .filter(condition -> condition.getStatus().equals("False"))
                .filter(condition -> "Unschedulable".equals(condition.getReason()))
                .map(condition -> new Trouble(
                        "Unschedulable",
                        "No node takes worker " + name(pod) + ": " + cut(condition.getMessage())
                                + ". Add nodes, or change spec.workers.resources, gpu, nodeSelector or tolerations."));
    }

    private static Optional<Trouble> trouble(Pod pod, ContainerStatus status) {
        @Nullable
        ContainerStateWaiting waiting =
                status.getState() == null ? null : status.getState().getWaiting();
        @Nullable ContainerStateTerminated ended = lastEnd(status);
        String reason = waiting == null || waiting.getReason() == null ? "" : waiting.getReason();
        return switch (reason) {
            case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull" ->
                Optional.of(new Trouble(
                        "ImagePull",
                        "The image of worker " + name(pod) + " cannot be pulled: " + status.getImage() + " ("
                                + cut(waiting == null ? null : waiting.getMessage())
                                + "). Correct spec.workers.image, or let the nodes pull it."));
            case "CreateContainerConfigError", "CreateContainerError", "RunContainerError" ->
                Optional.of(new Trouble(
                        "ContainerNotCreated",
                        "The container of worker " + name(pod) + " cannot be created: "
                                + cut(waiting == null ? null : waiting.getMessage())));
            default ->
                ended == null || ended.getExitCode() == null || ended.getExitCode() == 0
                        ? Optional.empty()
                        : Optional.of(ended(pod, status, ended));
        };
    }

    private static Trouble ended(Pod pod, ContainerStatus status, ContainerStateTerminated ended) {
        if ("OOMKilled".equals(ended.getReason())) {
            return new Trouble(
                    "OutOfMemory",
                    "Worker " + name(pod) + " was ended because it used more memory than it may. Raise"
                            + " spec.workers.resources.limits.memory or take a smaller model.");
        }
        return said(ended)
                .map(message -> new Trouble(message.reason(), "Worker " + name(pod) + ": " + cut(message.message())))
                .orElseGet(() -> new Trouble(
                        "CrashLoop",
                        "Worker " + name(pod) + " ended " + status.getRestartCount()
                                + " times, the last time with code " + ended.getExitCode()
                                + ". See kubectl logs --previous " + name(pod) + "."));
    }

    /** What the worker itself said, if it said anything that we can show. */
    private static Optional<TerminationMessage> said(ContainerStateTerminated ended) {
        if (ended.getMessage() == null || !ended.getMessage().startsWith("{")) {
            return Optional.empty();
        }
        try {
            TerminationMessage message = JSON.readValue(ended.getMessage(), TerminationMessage.class);
            return Optional.of(message)
                    .filter(read -> read.reason() != null
                            && read.message() != null
                            && Observation.REASON.matcher(read.reason()).matches());
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static @Nullable ContainerStateTerminated lastEnd(ContainerStatus status) {
        if (status.getState() != null && status.getState().getTerminated() != null) {
            return status.getState().getTerminated();
        }
        return status.getLastState() == null ? null : status.getLastState().getTerminated();
    }

    private static List<ContainerStatus> statuses(Pod pod) {
        return pod.getStatus() == null
                ? List.of()
                : Absent.orEmpty(pod.getStatus().getContainerStatuses());
    }

    private static Optional<PodCondition> condition(Pod pod, String type) {
        return pod.getStatus() == null
                ? Optional.empty()
                : Absent.orEmpty(pod.getStatus().getConditions()).stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    private static String name(Pod pod) {
        return pod.getMetadata().getName();
    }

    private static String cut(@Nullable String message) {
        if (message == null) {
            return "no message";
        }
        String line = message.strip().replaceAll("\\s+", " ");
        return line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE - 1) + "…";
    }
}
