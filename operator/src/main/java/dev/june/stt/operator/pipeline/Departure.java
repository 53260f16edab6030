package dev.june.stt.operator.pipeline;

import dev.june.stt.config.Delivery;
import dev.june.stt.operator.streams.StreamsRequest.Removal;
import dev.june.stt.operator.streams.StreamsState;
import dev.june.stt.operator.streams.Trouble;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Takes a deleted pipeline away, a step at a time: first the workers, which drain and still need their streams; then what it has in
 * NATS; the garbage collector takes the rest. It never hangs for ever without saying why.
 */
final class Departure {
    /** A pipeline with this annotation is let go at once, whatever it leaves in NATS. */
    static final String LEAVE_STREAMS = SttPipeline.GROUP + "/leave-streams";

    /** With Retain little is left behind; a namespace that is being deleted should not wait for a NATS server that is gone. */
    private static final Duration PATIENCE_WHEN_RETAINING = Duration.ofMinutes(1);

    /** When to look again, if nothing happens before. */
    static final Duration AGAIN = Duration.ofSeconds(5);

    private final Surroundings surroundings;
    private final EventRecorder events;
    private final Clock clock;

    Departure(Surroundings surroundings, EventRecorder events, Clock clock) {
        this.surroundings = surroundings;
        this.events = events;
        this.clock = clock;
    }

    /**
     * The next step.
     *
     * @return what the pipeline still waits for; empty when it may go
     */
    Optional<Finding> step(
            SttPipeline pipeline, Optional<Deployment> deployment, List<Pod> pods, KubernetesClient client) {
        if (pipeline.getMetadata().getAnnotations() != null
                && "true".equals(pipeline.getMetadata().getAnnotations().get(LEAVE_STREAMS))) {
            leave(pipeline, "the annotation " + LEAVE_STREAMS + " says so");
            return Optional.empty();
        }
        deployment
                .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(found -> client.resource(found)
                        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                        .delete());
        if (!pods.isEmpty() && !hasWaited(pipeline, graceOfPods(pipeline))) {
            return Optional.of(waits(Finding.Kind.PROGRESS, "Draining", pods.size() + " workers are still ending."));
        }
        boolean delete = pipeline.getSpec().delivery().streamDeletionPolicy() == Delivery.StreamDeletionPolicy.DELETE;
        Optional<StreamsState> state =
                surroundings.remove(pipeline, delete ? Removal.DELETE_STREAMS : Removal.KEEP_STREAMS);
        if (state.filter(StreamsState::removed).isPresent()) {
            return Optional.empty();
        }
        if (state.isPresent() && state.get().trouble().isEmpty()) {
            return Optional.of(
                    waits(Finding.Kind.PROGRESS, "RemovingStreams", "What it has in NATS is being removed."));
        }
        String obstacle = state.flatMap(StreamsState::trouble)
                .map(Trouble::message)
                .orElse("The credentials of NATS are not known.");
        if (!delete && hasWaited(pipeline, PATIENCE_WHEN_RETAINING)) {
            leave(pipeline, obstacle);
            return Optional.empty();
        }
        Finding finding = waits(
                Finding.Kind.PROBLEM,
                "DeletionWaits",
                "What the pipeline has in NATS cannot be removed yet. " + obstacle
                        + " To leave it behind: kubectl -n "
                        + pipeline.getMetadata().getNamespace() + " annotate stt "
                        + pipeline.getMetadata().getName() + " " + LEAVE_STREAMS + "=true");
        if (hasWaited(pipeline, AGAIN)) {
            events.record(pipeline, EventRecorder.Type.WARNING, finding.reason(), finding.message());
        }
        return Optional.of(finding);
    }

    private static Finding waits(Finding.Kind kind, String reason, String message) {
        return new Finding(ConditionType.READY, kind, reason, "The pipeline is being deleted. " + message);
    }

    private void leave(SttPipeline pipeline, String why) {
        events.record(
                pipeline,
                EventRecorder.Type.WARNING,
                "StreamsLeftBehind",
                "What the pipeline has in NATS was left there: " + why);
    }

    private boolean hasWaited(SttPipeline pipeline, Duration limit) {
        Instant since = Instant.parse(pipeline.getMetadata().getDeletionTimestamp());
        return Duration.between(since, clock.instant()).compareTo(limit) > 0;
    }

    private static Duration graceOfPods(SttPipeline pipeline) {
        return pipeline.getSpec().workers().drainTimeout().value().plus(Duration.ofMinutes(2));
    }
}
