package dev.june.stt.operator.autoscaling;

import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;
import java.time.Instant;

/**
 * How many workers a pipeline should have now, and why. Pure: the same spec, demand and history give the same decision.
 *
 * @param replicas workers wanted
 * @param reason in CamelCase, for status and events
 * @param message for people
 */
public record Decision(int replicas, Reason reason, String message) {
    /** At most double, and at least this many, in one step: a wrong figure must not order a hundred workers. */
    private static final int ADD_AT_LEAST = 4;

    /** Why there are as many as there are. */
    public enum Reason {
        WITHIN_TARGET("WithinTarget"),
        SCALING_UP("ScalingUp"),
        SCALING_DOWN("ScalingDown"),
        /** More would be wished than {@code workers.replicas.max} allows. */
        AT_MAXIMUM("AtMaximum"),
        /** Nothing is known of the demand: the pool stays as it is. */
        METRICS_UNAVAILABLE("MetricsUnavailable"),
        /** Somebody else sets {@code spec.replicas}. */
        SPEC_REPLICAS("SpecReplicas"),
        SUSPENDED("Suspended");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** A decision and what to remember for the next one. */
    record Step(Decision decision, History history) {}

    /**
     * @param mode who decides: the spec's, or another where that is not possible
     * @param current workers that there are meant to be now
     * @param history until now; belongs to this pipeline
     */
    static Step step(
            SttPipelineSpec spec, Autoscaling.Mode mode, Demand demand, int current, History history, Instant now) {
        if (spec.suspend()) {
            return new Step(
                    new Decision(0, Reason.SUSPENDED, "The pipeline is suspended."), History.startingWith(0, now));
        }
        return switch (mode) {
            case EXTERNAL, NONE ->
                new Step(followed(spec, "spec.replicas says how many."), History.startingWith(spec.replicas(), now));
            case KEDA ->
                new Step(
                        followed(spec, "KEDA says how many, in spec.replicas."),
                        History.startingWith(spec.replicas(), now));
            case METRICS_ONLY -> {
                Step would = scaled(spec, demand, spec.replicas(), history, now);
                yield new Step(
                        followed(
                                spec,
                                "spec.replicas says how many; autoscaling would run " + would.decision.replicas + "."),
                        would.history);
            }
            case OPERATOR -> scaled(spec, demand, current, history, now);
        };
    }

    /** Not clamped: who sets spec.replicas, a person or an HPA, has bounds of their own. */
    private static Decision followed(SttPipelineSpec spec, String message) {
        return new Decision(spec.replicas(), Reason.SPEC_REPLICAS, message);
    }

    private static Step scaled(SttPipelineSpec spec, Demand demand, int current, History before, Instant now) {
        Autoscaling settings = spec.autoscaling();
        Workers.Replicas bounds = spec.workers().replicas();
        Wish wish = Wish.of(settings, demand, current);
        History history = before.with(wish.workers(), current, settings, now);
        int least = history.least(settings.scaleUpStabilization().value(), now);
        int most = history.most(settings.scaleDownStabilization().value(), now);
        int added = Math.min(Math.max(current, least), Math.max(2 * current, current + ADD_AT_LEAST));
        int wanted = most < current && history.mayRemove(now) ? current - 1 : added;
        int fewest = Math.max(1, bounds.min()); // without a worker nobody would see that a room opens
        int replicas = Math.clamp(wanted, fewest, Math.max(fewest, bounds.max()));
        Reason reason = reason(demand, wish, current, replicas, bounds);
        // Figures are said where something happens: a message that changes all the time would be written all the time.
        String message = reason == Reason.WITHIN_TARGET ? "The pool is as large as the demand asks." : sentence(wish);
        Decision decision = new Decision(replicas, reason, message);
        return new Step(decision, history);
    }

    private static Reason reason(Demand demand, Wish wish, int current, int replicas, Workers.Replicas bounds) {
        if (replicas != current) {
            return replicas > current ? Reason.SCALING_UP : Reason.SCALING_DOWN;
        }
        if (!demand.isKnown()) {
            return Reason.METRICS_UNAVAILABLE;
        }
        return wish.workers() > bounds.max() ? Reason.AT_MAXIMUM : Reason.WITHIN_TARGET;
    }

    private static String sentence(Wish wish) {
        return Character.toUpperCase(wish.because().charAt(0)) + wish.because().substring(1) + ".";
    }
}
