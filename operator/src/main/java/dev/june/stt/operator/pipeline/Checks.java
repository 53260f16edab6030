package dev.june.stt.operator.pipeline;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.Model;
import dev.june.stt.config.SigningKey;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.operator.probe.SecretState;
import dev.june.stt.operator.streams.StreamsState;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What can be wrong with a pipeline, in the order in which it should be mended: what a later check finds is often the consequence of
 * what an earlier one found. Pure.
 */
final class Checks {
    /** Models that come with the worker image, as their files are named there. */
    static final Set<String> BUILTIN_MODELS = Set.of("tiny.en", "base");

    static final Set<String> BUILTIN_QUANTIZATIONS = Set.of("q5_1");

    private static final List<Check> ALL = List.of(
            Checks::secretsExist,
            Checks::signingKeysAreUsable,
            Checks::modelIsKnown,
            Checks::streamsAreReady,
            Checks::liveKitAnswers,
            Checks::workersAreAvailable,
            Checks::rolloutSucceeds,
            Checks::configurationIsApplied,
            Checks::webhookIsThere);

    private Checks() {}

    private interface Check {
        Optional<Finding> find(SttPipeline pipeline, Observed observed);
    }

    /** At most one finding a check, first things first; none if all is well. */
    static List<Finding> findings(SttPipeline pipeline, Observed observed) {
        return ALL.stream()
                .map(check -> check.find(pipeline, observed))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Whether workers must be left as they are, not even created: what is wrong would only make the new ones fail. */
    static boolean holdWorkers(SttPipeline pipeline, List<Finding> findings) {
        return !pipeline.getSpec().suspend()
                && findings.stream()
                        .anyMatch(finding -> finding.kind() == Finding.Kind.HOLD
                                || finding.type().equals(ConditionType.REFERENCES_RESOLVED));
    }

    private static Optional<Finding> secretsExist(SttPipeline pipeline, Observed observed) {
        return NeededSecret.of(pipeline.getSpec()).stream()
                .map(needed -> needed.check(
                        pipeline.getMetadata().getNamespace(),
                        Optional.ofNullable(observed.secrets().get(needed.name()))))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<Finding> signingKeysAreUsable(SttPipeline pipeline, Observed observed) {
        return Optional.ofNullable(pipeline.getSpec().delivery().webhook())
                .map(webhook -> webhook.signingSecretRef().name())
                .flatMap(name -> observed.secrets().get(name) instanceof SecretState.Present secret
                        ? unusable(secret)
                                .map(why -> "Secret " + name + ", named by delivery.webhook.signingSecretRef: " + why)
                        : Optional.empty())
                .map(message -> new Finding(
                        ConditionType.REFERENCES_RESOLVED, Finding.Kind.HOLD, "WebhookSigningKeyUnusable", message));
    }

    /** The worker would refuse them all: a receiver would not miss the one that is left out until it is too late. */
    private static Optional<String> unusable(SecretState.Present secret) {
        if (secret.data().size() > SigningKey.MAX_KEYS) {
            return Optional.of("expected at most " + SigningKey.MAX_KEYS + " signing keys, found "
                    + secret.data().size() + ".");
        }
        for (String key : secret.data().keySet().stream().sorted().toList()) {
            try {
                SigningKey.parse(secret.text(key).orElse(""));
            } catch (IllegalArgumentException e) {
                return Optional.of("key " + key + ": " + e.getMessage() + ".");
            }
        }
        return Optional.empty();
    }

    private static Optional<Finding> webhookIsThere(SttPipeline pipeline, Observed observed) {
        Delivery.Webhook webhook = pipeline.getSpec().delivery().webhook();
        return webhook == null
                ? Optional.empty()
                : observed.streams()
                        .flatMap(StreamsState::webhookGone)
                        .filter(gone ->
                                gone.holds(webhook.url(), pipeline.getMetadata().getGeneration()))
                        .map(gone -> new Finding(
                                ConditionType.DEGRADED,
                                Finding.Kind.PROBLEM,
                                "WebhookGone",
                                "The receiver at delivery.webhook.url answered 410 at " + gone.since()
                                        + " and gets nothing since; transcripts wait in their stream. Correct the"
                                        + " address, or change any other field to have it tried again."));
    }

    private static Optional<Finding> modelIsKnown(SttPipeline pipeline, Observed observed) {
        SttPipelineSpec spec = pipeline.getSpec();
        return unknown(spec.model(), "")
                .or(() -> spec.variants().stream()
                        .map(variant -> unknown(variant.modelOver(spec.model()), " of variant " + variant.name()))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    /** @param whose nothing for the pipeline's own */
    private static Optional<Finding> unknown(Model model, String whose) {
        if (model.source() != Model.Source.BUILTIN) {
            return Optional.empty();
        }
        if (!BUILTIN_MODELS.contains(model.name())) {
            return Optional.of(new Finding(
                    ConditionType.REFERENCES_RESOLVED,
                    Finding.Kind.HOLD,
                    "UnknownModel",
                    "model.name " + model.name() + whose + " does not come with the worker image. Set it to one of "
                            + sorted(BUILTIN_MODELS) + ", or set model.source to https, pvc or image."));
        }
        if (!BUILTIN_QUANTIZATIONS.contains(model.quantization())) {
            return Optional.of(new Finding(
                    ConditionType.REFERENCES_RESOLVED,
                    Finding.Kind.HOLD,
                    "UnknownQuantization",
                    "model.quantization " + model.quantization() + " of " + model.name() + whose
                            + " does not come with the worker image. Set it to one of "
                            + sorted(BUILTIN_QUANTIZATIONS) + ", or set model.source to https, pvc or image."));
        }
        return Optional.empty();
    }

    private static Optional<Finding> streamsAreReady(SttPipeline pipeline, Observed observed) {
        if (observed.streams().isEmpty()) {
            return Optional.of(new Finding(
                    ConditionType.STREAMS_READY,
                    Finding.Kind.UNSEEN,
                    "NotObservedYet",
                    "NATS is looked at as soon as its credentials are known."));
        }
        return observed.streams()
                .flatMap(StreamsState::trouble)
                .map(trouble -> new Finding(
                        ConditionType.STREAMS_READY, Finding.Kind.PROBLEM, trouble.reason(), trouble.message()));
    }

    private static Optional<Finding> liveKitAnswers(SttPipeline pipeline, Observed observed) {
        String url = pipeline.getSpec().livekit().url();
        if (observed.livekit().isEmpty()) {
            return Optional.of(new Finding(
                    ConditionType.LIVEKIT_REACHABLE,
                    Finding.Kind.UNSEEN,
                    "NotObservedYet",
                    "LiveKit is looked at as soon as its key is known."));
        }
        return switch (observed.livekit().get()) {
            case LiveKitState.Reachable _ -> Optional.empty();
            // A worker that listens to a room has shown what the operator, perhaps behind another network policy,
            // cannot see.
            case LiveKitState.Unreachable _ when observed.activeRooms() > 0 -> Optional.empty();
            case LiveKitState.Unreachable(var why) ->
                Optional.of(new Finding(
                        ConditionType.LIVEKIT_REACHABLE,
                        Finding.Kind.PROBLEM,
                        "LiveKitUnreachable",
                        "LiveKit at " + url + " does not answer: " + why
                                + ". Check livekit.url, that the server runs, and that the operator may reach it."));
            case LiveKitState.KeyRefused _ ->
                Optional.of(new Finding(
                        ConditionType.LIVEKIT_REACHABLE,
                        Finding.Kind.PROBLEM,
                        "LiveKitKeyRefused",
                        "LiveKit at " + url + " refuses the key. Correct apiKey and apiSecret in Secret "
                                + pipeline.getSpec()
                                        .livekit()
                                        .credentialsSecretRef()
                                        .name() + "."));
        };
    }

    private static Optional<Finding> workersAreAvailable(SttPipeline pipeline, Observed observed) {
        if (pipeline.getSpec().suspend()) {
            return Optional.of(new Finding(
                    ConditionType.WORKERS_AVAILABLE,
                    Finding.Kind.INTENDED,
                    "Suspended",
                    "No workers run because spec.suspend is true; "
                            + observed.pods().size() + " are still ending."));
        }
        int needed = needed(pipeline.getSpec(), observed.replicas());
        boolean enough = observed.availableReplicas() >= needed;
        Optional<Finding> trouble = observed.pods().stream()
                .map(PodHealth::trouble)
                .flatMap(Optional::stream)
                .findFirst()
                .map(found -> new Finding(
                        enough ? ConditionType.DEGRADED : ConditionType.WORKERS_AVAILABLE,
                        Finding.Kind.PROBLEM,
                        found.reason(),
                        found.message()));
        if (enough || trouble.isPresent()) {
            return trouble;
        }
        boolean loading = observed.pods().stream().anyMatch(PodHealth::isRunning);
        return Optional.of(new Finding(
                ConditionType.WORKERS_AVAILABLE,
                Finding.Kind.PROGRESS,
                loading ? "ModelLoading" : "StartingWorkers",
                observed.availableReplicas() + " of " + needed + " workers are available; "
                        + (loading ? "others are loading their model." : "others are being started.")));
    }

    /** As many as have to be there for the pipeline to count as ready: not all while it grows. */
    static int needed(SttPipelineSpec spec, int replicas) {
        return switch (spec.autoscaling().mode()) {
            case OPERATOR, KEDA -> Math.min(replicas, spec.workers().replicas().min());
            case EXTERNAL, METRICS_ONLY, NONE -> replicas;
        };
    }

    private static Optional<Finding> rolloutSucceeds(SttPipeline pipeline, Observed observed) {
        return observed.deployment()
                .map(Deployment::getStatus)
                .flatMap(status -> Absent.orEmpty(status.getConditions()).stream()
                        .filter(condition -> condition.getType().equals("Progressing")
                                && condition.getStatus().equals("False")
                                && "ProgressDeadlineExceeded".equals(condition.getReason()))
                        .findFirst())
                .map(condition -> new Finding(
                        ConditionType.DEGRADED,
                        Finding.Kind.PROBLEM,
                        "RolloutStuck",
                        "New workers did not become ready in time: " + condition.getMessage()
                                + " Those that run stay. See the workers' events and logs, then correct the spec."));
    }

    private static Optional<Finding> configurationIsApplied(SttPipeline pipeline, Observed observed) {
        long generation = pipeline.getMetadata().getGeneration();
        List<WorkerReport> reports = observed.reports();
        Optional<Finding> refused = reports.stream()
                .map(report -> refusal(report, generation))
                .flatMap(Optional::stream)
                .findFirst();
        if (refused.isPresent()) {
            return refused;
        }
        List<String> ready = observed.readyPods().stream()
                .map((Pod pod) -> pod.getMetadata().getName())
                .toList();
        if (ready.isEmpty()) {
            return Optional.of(new Finding(
                    ConditionType.CONFIGURATION_APPLIED,
                    Finding.Kind.UNSEEN,
                    "NoWorkers",
                    "No worker is ready that could apply it."));
        }
        long current = reports.stream()
                .filter(report -> ready.contains(report.worker()) && report.generation() >= generation)
                .count();
        if (current == ready.size()) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                ConditionType.CONFIGURATION_APPLIED,
                Finding.Kind.PROGRESS,
                "RollingOut",
                current + " of " + ready.size() + " workers run generation " + generation + "."));
    }

    private static Optional<Finding> refusal(WorkerReport report, long generation) {
        WorkerReport.Refusal refused = report.refused();
        if (refused == null || (refused.generation() != 0 && refused.generation() < generation)) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                ConditionType.CONFIGURATION_APPLIED,
                Finding.Kind.PROBLEM,
                "RejectedByWorker",
                "Worker " + report.worker() + " refuses " + refused.field() + ": " + refused.message()
                        + ". It goes on with generation " + report.generation() + ". Correct the field."));
    }

    private static String sorted(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }
}
