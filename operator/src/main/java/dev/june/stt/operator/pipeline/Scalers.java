package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.Autoscaling;
import java.util.Optional;
import java.util.Set;

/**
 * Who else could scale a pipeline.
 *
 * @param keda whether the cluster knows ScaledObjects; empty while that was not asked yet
 * @param foreign autoscalers that others made
 */
record Scalers(Optional<Boolean> keda, Set<ForeignAutoscaler> foreign) {
    static final Scalers UNSEEN = new Scalers(Optional.empty(), Set.of());

    Scalers {
        foreign = Set.copyOf(foreign);
    }

    /** Who decides, the spec asking for {@code wanted}: without KEDA the operator does. */
    Autoscaling.Mode mode(Autoscaling.Mode wanted) {
        return wanted == Autoscaling.Mode.KEDA && !keda.orElse(false) ? Autoscaling.Mode.OPERATOR : wanted;
    }
}
