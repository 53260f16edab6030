package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Replaces workers as {@link Healing} says: deletes the pod, which drains it, and the Deployment makes another. Owns when that was done;
 * a pipeline's own thread works on its entry. Bounded by the pipelines that exist and what is done to each in an hour.
 */
final class Healer {
    private static final Duration REMEMBERED = Duration.ofHours(1);

    private final Map<ResourceID, List<Instant>> replaced = new ConcurrentHashMap<>();
    private final KubernetesClient client;
    private final EventRecorder events;
    private final Tally tally;

    Healer(KubernetesClient client, EventRecorder events, Tally tally) {
        this.client = client;
        this.events = events;
        this.tally = tally;
    }

    Healing decide(SttPipeline pipeline, Observed observed, Instant now) {
        return Healing.of(pipeline, observed, lately(pipeline, now), now);
    }

    void carryOut(SttPipeline pipeline, Healing healing, Instant now) {
        if (!(healing instanceof Healing.Replace(var pod, var trouble))) {
            return;
        }
        client.resource(pod).delete();
        replaced.put(
                ResourceID.fromResource(pipeline),
                Stream.concat(lately(pipeline, now).stream(), Stream.of(now)).toList());
        tally.healed(trouble.reason());
        events.record(
                pipeline,
                EventRecorder.Type.WARNING,
                "WorkerReplaced",
                trouble.message() + " It drains, and another one takes its place.");
    }

    void forget(ResourceID pipeline) {
        replaced.remove(pipeline);
    }

    private List<Instant> lately(SttPipeline pipeline, Instant now) {
        return replaced.getOrDefault(ResourceID.fromResource(pipeline), List.of()).stream()
                .filter(time -> Duration.between(time, now).compareTo(REMEMBERED) < 0)
                .toList();
    }
}
