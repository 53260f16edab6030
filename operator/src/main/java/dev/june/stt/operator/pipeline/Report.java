package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.condition.Conditions;
import dev.june.stt.operator.condition.Observation;
import dev.june.stt.operator.condition.Observation.Status;
import dev.june.stt.operator.variants.Rollout;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineStatus;
import dev.june.stt.resource.VariantStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Turns what was observed and found into the pipeline's status, rebuilt whole each time. Pure. */
final class Report {
    /** What has to be true for the pipeline to count as ready. */
    private static final Set<String> ESSENTIAL = Set.of(
            ConditionType.REFERENCES_RESOLVED,
            ConditionType.STREAMS_READY,
            ConditionType.LIVEKIT_REACHABLE,
            ConditionType.WORKERS_AVAILABLE);

    private Report() {}

    static SttPipelineStatus of(SttPipeline pipeline, Observed observed, List<Finding> findings, Instant now) {
        long generation = pipeline.getMetadata().getGeneration();
        List<VariantStatus> variants = Rollout.report(pipeline, observed.tallies());
        List<Observation> observations = observations(observed, findings);
        VariantNews.observation(variants).ifPresent(observations::add);
        return new SttPipelineStatus(
                generation,
                Conditions.merge(before(pipeline), observations, generation, now),
                observed.replicas(),
                observed.readyReplicas(),
                selector(pipeline),
                observed.activeRooms(),
                observed.activeParticipants(),
                observed.streams().map(state -> state.queueDepth()).orElse(0L),
                observed.streams().map(state -> state.deadLetters()).orElse(0L),
                new SttPipelineStatus.ConfigurationStatus(
                        generation,
                        observed.workersAt(generation),
                        observed.readyPods().size()),
                variants);
    }

    /**
     * The status of a pipeline that could not be looked at as a whole: what was known stays, and what is in the way is said.
     *
     * @param obstacle why; a problem shows as {@code Degraded} too
     */
    static SttPipelineStatus obstructed(SttPipeline pipeline, Finding obstacle, Instant now) {
        long generation = pipeline.getMetadata().getGeneration();
        List<Observation> observations = new ArrayList<>();
        observations.add(new Observation(ConditionType.READY, Status.FALSE, obstacle.reason(), obstacle.message()));
        if (obstacle.isProblem()) {
            observations.add(
                    new Observation(ConditionType.DEGRADED, Status.TRUE, obstacle.reason(), obstacle.message()));
        }
        List<Condition> conditions = new ArrayList<>(Conditions.merge(before(pipeline), observations, generation, now));
        before(pipeline).stream()
                .filter(condition ->
                        Conditions.find(conditions, condition.getType()).isEmpty())
                .forEach(conditions::add);
        return Optional.ofNullable(pipeline.getStatus())
                .map(status -> new SttPipelineStatus(
                        generation,
                        conditions,
                        status.replicas(),
                        status.readyReplicas(),
                        status.selector(),
                        status.activeRooms(),
                        status.activeParticipants(),
                        status.queueDepth(),
                        status.deadLetters(),
                        status.configuration(),
                        status.variants()))
                .orElseGet(() -> new SttPipelineStatus(
                        generation, conditions, 0, 0, selector(pipeline), 0, 0, 0, 0, null, List.of()));
    }

    static List<Condition> before(SttPipeline pipeline) {
        return Optional.ofNullable(pipeline.getStatus())
                .map(SttPipelineStatus::conditions)
                .orElse(List.of());
    }

    static String selector(SttPipeline pipeline) {
        return Names.selector(pipeline).entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    }

    private static List<Observation> observations(Observed observed, List<Finding> findings) {
        List<Observation> observations = new ArrayList<>();
        observations.add(ready(observed, findings));
        observations.add(progressing(observed, findings));
        observations.add(degraded(findings));
        observations.add(of(
                ConditionType.REFERENCES_RESOLVED,
                findings,
                "AllFound",
                "Every Secret and model that the spec names is there."));
        observations.add(of(
                ConditionType.STREAMS_READY,
                findings,
                "StreamsPresent",
                "Streams, consumer and bucket are as the spec asks."));
        observations.add(
                of(ConditionType.LIVEKIT_REACHABLE, findings, "KeyAccepted", "LiveKit answers and accepts the key."));
        observations.add(of(
                ConditionType.WORKERS_AVAILABLE,
                findings,
                "MinimumAvailable",
                "As many workers are available as the pipeline needs."));
        observations.add(of(
                ConditionType.CONFIGURATION_APPLIED,
                findings,
                "AllWorkersCurrent",
                "Every ready worker runs the newest configuration."));
        observations.add(scaled(observed.scaling(), findings));
        return observations;
    }

    private static Observation ready(Observed observed, List<Finding> findings) {
        return findings.stream()
                .filter(finding -> ESSENTIAL.contains(finding.type()))
                .findFirst()
                .map(finding ->
                        new Observation(ConditionType.READY, status(finding), finding.reason(), finding.message()))
                .orElseGet(() -> new Observation(
                        ConditionType.READY,
                        Status.TRUE,
                        "WorkersReady",
                        observed.readyReplicas() + " of " + observed.replicas() + " workers are ready."));
    }

    private static Observation progressing(Observed observed, List<Finding> findings) {
        Optional<Finding> progress = findings.stream()
                .filter(finding -> finding.kind() == Finding.Kind.PROGRESS)
                .findFirst();
        if (progress.isPresent()) {
            return new Observation(
                    ConditionType.PROGRESSING,
                    Status.TRUE,
                    progress.get().reason(),
                    progress.get().message());
        }
        if (isRolling(observed)) {
            return new Observation(
                    ConditionType.PROGRESSING,
                    Status.TRUE,
                    "RollingPods",
                    "Workers are being added, replaced or removed.");
        }
        return new Observation(ConditionType.PROGRESSING, Status.FALSE, "Settled", "Nothing is under way.");
    }

    private static Observation degraded(List<Finding> findings) {
        return findings.stream()
                .filter(Finding::isProblem)
                .findFirst()
                .map(finding ->
                        new Observation(ConditionType.DEGRADED, Status.TRUE, finding.reason(), finding.message()))
                .orElseGet(() -> new Observation(
                        ConditionType.DEGRADED, Status.FALSE, "AsExpected", "Nothing is known to be wrong."));
    }

    private static Observation of(String type, List<Finding> findings, String reason, String message) {
        return findings.stream()
                .filter(finding -> finding.type().equals(type))
                .findFirst()
                .map(finding -> new Observation(type, status(finding), finding.reason(), finding.message()))
                .orElseGet(() -> new Observation(type, Status.TRUE, reason, message));
    }

    private static Observation scaled(Decision scaling, List<Finding> findings) {
        Optional<Finding> disputed = findings.stream()
                .filter(finding -> finding.type().equals(ConditionType.SCALED))
                .findFirst();
        if (disputed.isPresent()) {
            return new Observation(
                    ConditionType.SCALED,
                    Status.FALSE,
                    disputed.get().reason(),
                    disputed.get().message());
        }
        Status status = switch (scaling.reason()) {
            case WITHIN_TARGET, SPEC_REPLICAS, SUSPENDED -> Status.TRUE;
            case SCALING_UP, SCALING_DOWN, AT_MAXIMUM -> Status.FALSE;
            case METRICS_UNAVAILABLE -> Status.UNKNOWN;
        };
        return new Observation(ConditionType.SCALED, status, scaling.reason().toString(), scaling.message());
    }

    private static Status status(Finding finding) {
        return finding.kind() == Finding.Kind.UNSEEN ? Status.UNKNOWN : Status.FALSE;
    }

    private static boolean isRolling(Observed observed) {
        if (observed.deployment().isEmpty()) {
            return false;
        }
        Deployment deployment = observed.deployment().get();
        return !Rolling.isComplete(deployment) || deployment.getSpec().getReplicas() != observed.replicas();
    }
}
