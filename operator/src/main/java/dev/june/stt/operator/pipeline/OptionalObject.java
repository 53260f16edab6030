package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.GroupVersionKind;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** An object of a kind that a cluster need not know. It is watched from the moment that the cluster is seen to know the kind. */
final class OptionalObject extends PipelineObject<GenericKubernetesResource> {
    private final GroupVersionKind kind;
    private boolean watched;

    OptionalObject(
            GroupVersionKind kind,
            HandEdits handEdits,
            Function<SttPipeline, String> objectName,
            Function<SttPipeline, GenericKubernetesResource> desired) {
        super(GenericKubernetesResource.class, kind.getKind(), handEdits, objectName, desired);
        this.kind = kind;
    }

    GroupVersionKind kind() {
        return kind;
    }

    /** Waits until what exists of the kind has been read, so that a reconcile does not take it for missing. */
    synchronized void watch(Context<SttPipeline> context) {
        if (!watched) {
            var sources = context.eventSourceRetriever();
            sources.dynamicallyRegisterEventSource(initEventSource(sources.eventSourceContextForDynamicRegistration()));
            watched = true;
        }
    }

    @Override
    protected InformerEventSourceConfiguration.Builder<GenericKubernetesResource> informerConfigurationBuilder(
            EventSourceContext<SttPipeline> context) {
        return InformerEventSourceConfiguration.from(kind, context.getPrimaryResourceClass());
    }

    /** All of these kinds are of one Java type, and some of one name. */
    @Override
    protected Optional<GenericKubernetesResource> selectTargetSecondaryResource(
            Set<GenericKubernetesResource> found, SttPipeline pipeline, Context<SttPipeline> context) {
        return super.selectTargetSecondaryResource(
                found.stream()
                        .filter(object -> kind.getKind().equals(object.getKind()))
                        .collect(Collectors.toSet()),
                pipeline,
                context);
    }
}
