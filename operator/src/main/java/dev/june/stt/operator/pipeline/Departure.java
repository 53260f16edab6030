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
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
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

    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final Surroundings surroundings;
    private final EventRecorder events;
    private final Clock clock;

    Departure(Surroundings surroundings, EventRecorder events, Clock clock) {
        this.surroundings = surroundings;
        this.events = events;
        this.clock = clock;
    }

    DeleteControl step(SttPipeline pipeline, Optional<Deployment> deployment, List<Pod> pods, KubernetesClient client) {
        if (pipeline.getMetadata().getAnnotations() != null
                && "true".equals(pipeline.getMetadata().getAnnotations().get(LEAVE_STREAMS))) {
            leave(pipeline, "the annotation " + LEAVE_STREAMS + " says so");
            return DeleteControl.defaultDelete();
        }
        deployment
                .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(found -> client.resource(found)
                        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                        .delete());
        if (!pods.isEmpty() && !hasWaited(pipeline, graceOfPods(pipeline))) {
            return later();
        }
        boolean delete = pipeline.getSpec().delivery().streamDeletionPolicy() == Delivery.StreamDeletionPolicy.DELETE;
        Optional<StreamsState> state =
                surroundings.remove(pipeline, delete ? Removal.DELETE_STREAMS : Removal.KEEP_STREAMS);
        if (state.filter(StreamsState::removed).isPresent()) {
            return DeleteControl.defaultDelete();
        }
        String obstacle = state.flatMap(StreamsState::trouble)
                .map(Trouble::message)
                .orElse("The credentials of NATS are not known.");
        if (!delete && hasWaited(pipeline, PATIENCE_WHEN_RETAINING)) {
            leave(pipeline, obstacle);
            return DeleteControl.defaultDelete();
        }
        if (hasWaited(pipeline, AGAIN)) {
            events.record(
                    pipeline,
                    EventRecorder.Type.WARNING,
                    "DeletionWaits",
                    "The pipeline's streams cannot be removed yet. " + obstacle
                            + " To leave them behind: kubectl annotate stt "
                            + pipeline.getMetadata().getName() + " " + LEAVE_STREAMS + "=true");
        }
        return later();
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

    private static DeleteControl later() {
        return DeleteControl.noFinalizerRemoval().rescheduleAfter(AGAIN);
    }
}
