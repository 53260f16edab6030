package dev.june.stt.operator.autoscaling;

import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;

/**
 * How many workers a pipeline should have now, and why. Pure: the same spec and demand give the same decision.
 *
 * @param replicas workers wanted
 * @param reason in CamelCase, for status and events
 */
public record Decision(int replicas, String reason) {

    /**
     * @param wanted workers that the demand asks for; counts in mode {@code Operator} alone, where it is held within
     *     {@code workers.replicas}
     */
    public static Decision of(SttPipelineSpec spec, int wanted) {
        if (spec.suspend()) {
            return new Decision(0, "Suspended");
        }
        Workers.Replicas bounds = spec.workers().replicas();
        return switch (spec.autoscaling().mode()) {
            // Not clamped: who sets spec.replicas, a person or an HPA, has bounds of their own.
            case EXTERNAL, NONE, METRICS_ONLY -> new Decision(spec.replicas(), "SpecReplicas");
            case OPERATOR, KEDA -> new Decision(Math.clamp(wanted, bounds.min(), bounds.max()), "Demand");
        };
    }
}
