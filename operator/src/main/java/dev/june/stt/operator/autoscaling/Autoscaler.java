package dev.june.stt.operator.autoscaling;

import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipelineSpec;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Owns what is remembered of every pipeline between two decisions. A pipeline is decided on by one thread at a time, its reconcile's;
 * bounded by the pipelines that exist.
 */
public final class Autoscaler {
    /** How often a pipeline is decided on when nothing else wakes its reconcile. */
    public static final Duration AGAIN = Duration.ofSeconds(15);

    private final Map<ResourceID, Decision.Step> decided = new ConcurrentHashMap<>();
    private final Clock clock;

    public Autoscaler(Clock clock) {
        this.clock = clock;
    }

    /**
     * @param mode who decides: the spec's, or another where that is not possible
     * @param current workers that there are meant to be now; 0 if there are none yet
     */
    public Decision decide(
            ResourceID pipeline, SttPipelineSpec spec, Autoscaling.Mode mode, Demand demand, int current) {
        Instant now = clock.instant();
        Decision.Step before = decided.get(pipeline);
        History history = before == null ? History.startingWith(current, now) : before.history();
        Decision.Step step = Decision.step(spec, mode, demand, current, history, now);
        decided.put(pipeline, step);
        return step.decision();
    }

    /** What was decided last; of a pipeline that was never decided on, what it begins with. */
    public Decision last(ResourceID pipeline, SttPipelineSpec spec) {
        Decision.Step before = decided.get(pipeline);
        return before != null
                ? before.decision()
                : Decision.step(
                                spec,
                                spec.autoscaling().mode(),
                                Demand.UNKNOWN,
                                0,
                                History.startingWith(0, clock.instant()),
                                clock.instant())
                        .decision();
    }

    public void forget(ResourceID pipeline) {
        decided.remove(pipeline);
    }
}
