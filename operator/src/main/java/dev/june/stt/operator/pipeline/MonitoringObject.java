package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.GroupVersionKind;
import java.util.function.Function;

/** An object of a kind of the Prometheus operator. It is watched from the moment that the cluster is seen to know the kind. */
final class MonitoringObject extends PipelineObject<GenericKubernetesResource> {
    private final GroupVersionKind kind;
    private boolean watched;

    MonitoringObject(
            String kind,
            HandEdits handEdits,
            Function<SttPipeline, String> objectName,
            Function<SttPipeline, GenericKubernetesResource> desired) {
        super(GenericKubernetesResource.class, kind, handEdits, objectName, desired);
        this.kind = new GroupVersionKind(MonitoringResources.GROUP, MonitoringResources.VERSION, kind);
    }

    String kind() {
        return kind.getKind();
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
}
