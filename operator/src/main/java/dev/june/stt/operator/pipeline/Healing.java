package dev.june.stt.operator.pipeline;

import dev.june.stt.config.Model;
import dev.june.stt.config.WorkerHealth;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether a worker is to be replaced because it does not get well by itself. Pure. One at a time and seldom, and never when most are
 * unwell: what they have in common is not mended by new pods.
 */
sealed interface Healing {
    /** Twice what the longest decode of a slow machine was seen to take. */
    Duration STALLED = Duration.ofMinutes(2);

    int FAILURES = 5;

    /** The kernel ends a container at 100, in the middle of everything. */
    int MEMORY_PERCENT = 90;

    /** For the worker that came last to load its model and take rooms. */
    Duration BETWEEN = Duration.ofMinutes(5);

    int MOST_IN_AN_HOUR = 3;

    /** Nothing to do. */
    record Well() implements Healing {}

    /** A worker that is to be drained and replaced. */
    record Replace(Pod pod, Trouble trouble) implements Healing {}

    /** A worker that is unwell and stays. */
    record Hold(Trouble trouble, String because) implements Healing {}

    /**
     * What a worker says of itself.
     *
     * @param reason in CamelCase, from a fixed set
     */
    record Trouble(String worker, String reason, String message) {}

    /** @param lately when workers of this pipeline were replaced within the last hour, oldest first */
    static Healing of(SttPipeline pipeline, Observed observed, List<Instant> lately, Instant now) {
        List<String> settled = observed.pods().stream()
                .filter(pod -> !hasJustStarted(pod, now))
                .map(pod -> pod.getMetadata().getName())
                .toList();
        List<Trouble> troubles = observed.reports().stream()
                .filter(report -> settled.contains(report.worker()))
                .flatMap(report -> trouble(pipeline, report).stream())
                .sorted(Comparator.comparing(Trouble::worker))
                .toList();
        if (troubles.isEmpty()) {
            return new Well();
        }
        Trouble first = troubles.getFirst();
        return holdBecause(observed, troubles, lately, now)
                .<Healing>map(because -> new Hold(first, because))
                .orElseGet(() -> observed.pods().stream()
                        .filter(pod -> pod.getMetadata().getName().equals(first.worker()))
                        .findFirst()
                        .<Healing>map(pod -> new Replace(pod, first))
                        .orElseGet(Well::new));
    }

    /** Until it has loaded its model, what is known is the report of the process before, which was ended for that reason. */
    private static boolean hasJustStarted(Pod pod, Instant now) {
        return PodHealth.runningSince(pod)
                .filter(since -> Duration.between(since, now).compareTo(BETWEEN) < 0)
                .isPresent();
    }

    private static Optional<String> holdBecause(
            Observed observed, List<Trouble> troubles, List<Instant> lately, Instant now) {
        List<Pod> running =
                observed.pods().stream().filter(PodHealth::mayReport).toList();
        if (troubles.size() > 1 && 2 * troubles.size() > running.size()) {
            return Optional.of(troubles.size() + " of " + running.size()
                    + " workers are unwell, so the cause is likely elsewhere");
        }
        boolean young = running.stream()
                .filter(pod -> troubles.stream()
                        .noneMatch(trouble ->
                                trouble.worker().equals(pod.getMetadata().getName())))
                .anyMatch(pod -> PodHealth.age(pod, now).compareTo(BETWEEN) < 0);
        boolean justNow =
                !lately.isEmpty() && Duration.between(lately.getLast(), now).compareTo(BETWEEN) < 0;
        if (young || justNow) {
            return Optional.of("another worker is new; one at a time, " + BETWEEN.toMinutes() + " minutes apart");
        }
        return lately.size() >= MOST_IN_AN_HOUR
                ? Optional.of(MOST_IN_AN_HOUR + " were replaced within an hour and that did not help; see their logs")
                : Optional.empty();
    }

    private static Optional<Trouble> trouble(SttPipeline pipeline, WorkerReport report) {
        WorkerHealth health = report.health();
        if (health == null) {
            return Optional.empty();
        }
        if (health.hangs()) {
            return trouble(report, "WorkerStalled", "a decode hangs inside the native library");
        }
        if (health.stalledSeconds() >= STALLED.toSeconds()) {
            return trouble(
                    report,
                    "WorkerStalled",
                    "no decode has ended for " + STALLED.toMinutes() + " minutes and more while work waits");
        }
        if (health.failuresInARow() >= FAILURES) {
            boolean gpu = pipeline.getSpec().model().device() == Model.Device.CUDA;
            return trouble(
                    report,
                    gpu ? "GpuFault" : "DecodesFail",
                    FAILURES + " decodes in a row and more failed"
                            + (gpu ? ", so the GPU or its memory may be faulty" : ""));
        }
        if (health.memoryPercent() >= MEMORY_PERCENT) {
            return trouble(
                    report,
                    "MemoryGrowth",
                    "it holds " + MEMORY_PERCENT
                            + " % and more of the memory that it may use. If that comes back, raise"
                            + " spec.workers.resources.limits.memory or lower limits.maxRoomsPerWorker");
        }
        return Optional.empty();
    }

    private static Optional<Trouble> trouble(WorkerReport report, String reason, String message) {
        return Optional.of(new Trouble(report.worker(), reason, "Worker " + report.worker() + ": " + message + "."));
    }
}
