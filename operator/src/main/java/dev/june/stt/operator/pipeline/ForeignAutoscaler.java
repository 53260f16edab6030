package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.util.Collection;
import java.util.Optional;

/**
 * An autoscaler that somebody else made. KEDA makes a HorizontalPodAutoscaler for each ScaledObject, so these alone are looked at.
 *
 * @param name of the HorizontalPodAutoscaler
 * @param scaledObject that it was made for; empty if a person made it
 */
record ForeignAutoscaler(String namespace, String name, String scaledObject, String targetKind, String targetName) {
    private static final String DEPLOYMENT = "Deployment";

    /** Those that could concern a pipeline. */
    static Optional<ForeignAutoscaler> of(HorizontalPodAutoscaler found) {
        CrossVersionObjectReference target = found.getSpec().getScaleTargetRef();
        boolean ours = target.getKind().equals("SttPipeline")
                && Optional.ofNullable(target.getApiVersion()).orElse("").startsWith(SttPipeline.GROUP + "/");
        if (!ours && !target.getKind().equals(DEPLOYMENT)) {
            return Optional.empty();
        }
        return Optional.of(new ForeignAutoscaler(
                found.getMetadata().getNamespace(),
                found.getMetadata().getName(),
                found.getMetadata().getOwnerReferences().stream()
                        .filter(owner -> owner.getKind().equals(KedaResources.KIND))
                        .map(OwnerReference::getName)
                        .findFirst()
                        .orElse(""),
                target.getKind(),
                target.getName()));
    }

    /** What one of these does wrong to a pipeline, and what to do. Pure. */
    static Optional<Finding> conflict(SttPipeline pipeline, Collection<ForeignAutoscaler> autoscalers) {
        return autoscalers.stream()
                .filter(other -> other.namespace.equals(pipeline.getMetadata().getNamespace()))
                .sorted(java.util.Comparator.comparing(ForeignAutoscaler::name))
                .flatMap(other -> other.conflict(pipeline).stream())
                .findFirst();
    }

    private Optional<Finding> conflict(SttPipeline pipeline) {
        String pipelineName = pipeline.getMetadata().getName();
        if (targetKind.equals(DEPLOYMENT)) {
            return targetName.equals(Names.workers(pipeline))
                    ? Optional.of(finding("scales Deployment " + targetName
                            + ", which the operator writes, so the two undo each other. Let it scale SttPipeline "
                            + pipelineName + " instead, with autoscaling.mode External, or delete it."))
                    : Optional.empty();
        }
        Autoscaling.Mode mode = pipeline.getSpec().autoscaling().mode();
        boolean follows = switch (mode) {
            case EXTERNAL, NONE -> true;
            case KEDA -> name.equals(KedaResources.autoscaler(pipeline));
            case OPERATOR, METRICS_ONLY -> false;
        };
        return follows || !targetName.equals(pipelineName)
                ? Optional.empty()
                : Optional.of(finding("scales this pipeline, whose autoscaling.mode says that nobody else does. Set the"
                        + " mode to External, or delete the autoscaler."));
    }

    private Finding finding(String problem) {
        String who = scaledObject.isEmpty()
                ? "HorizontalPodAutoscaler " + name
                : "ScaledObject " + scaledObject + " (HorizontalPodAutoscaler " + name + ")";
        return new Finding(ConditionType.SCALED, Finding.Kind.PROBLEM, "ForeignAutoscaler", who + " " + problem);
    }
}
