package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.dependent.GarbageCollected;
import io.javaoperatorsdk.operator.processing.dependent.Creator;
import io.javaoperatorsdk.operator.processing.dependent.Matcher;
import io.javaoperatorsdk.operator.processing.dependent.Updater;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.KubernetesDependentResource;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.KubernetesDependentResourceConfigBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object in the cluster that belongs to a pipeline: created and kept by server-side apply of what the pure function {@code
 * desired} says, deleted by the garbage collector with the pipeline. Fields that others set and we do not are left alone.
 */
class PipelineObject<R extends HasMetadata> extends KubernetesDependentResource<R, SttPipeline>
        implements Creator<R, SttPipeline>, Updater<R, SttPipeline>, GarbageCollected<SttPipeline> {
    private final Function<SttPipeline, String> objectName;
    private final Function<SttPipeline, R> desired;
    private final HandEdits handEdits;

    PipelineObject(
            Class<R> type,
            HandEdits handEdits,
            Function<SttPipeline, String> objectName,
            Function<SttPipeline, R> desired) {
        this(type, type.getSimpleName(), handEdits, objectName, desired);
    }

    PipelineObject(
            Class<R> type,
            String kind,
            HandEdits handEdits,
            Function<SttPipeline, String> objectName,
            Function<SttPipeline, R> desired) {
        super(type, kind);
        this.handEdits = handEdits;
        this.objectName = objectName;
        this.desired = desired;
        configureWith(new KubernetesDependentResourceConfigBuilder<R>()
                .withUseSSA(true)
                .withKubernetesDependentInformerConfig(InformerConfiguration.builder(type)
                        .withLabelSelector(Names.SELECTOR)
                        .build())
                .build());
    }

    /** Makes it so: there and as desired, or not there. */
    void reconcile(SttPipeline pipeline, Context<SttPipeline> context, boolean wanted) {
        if (wanted) {
            reconcile(pipeline, context);
        } else {
            handEdits.unwanted(pipeline, name(), objectName.apply(pipeline));
            getSecondaryResource(pipeline, context)
                    .ifPresent(
                            existing -> context.getClient().resource(existing).delete());
        }
    }

    @Override
    protected R desired(SttPipeline pipeline, Context<SttPipeline> context) {
        return desired.apply(pipeline);
    }

    /**
     * Server-side apply would take over an object of that name that is somebody else's; one of our own that only lost its label, and
     * with it left the informer's view, is mended.
     */
    @Override
    public R create(R desired, SttPipeline pipeline, Context<SttPipeline> context) {
        @Nullable R existing = context.getClient().resource(desired).get();
        if (existing != null
                && Absent.orEmpty(existing.getMetadata().getOwnerReferences()).stream()
                        .noneMatch(owner ->
                                owner.getUid().equals(pipeline.getMetadata().getUid()))) {
            throw new NameTaken(desired.getKind() + " " + desired.getMetadata().getName()
                    + " exists and does not belong to this pipeline. Delete it, or give the pipeline another name.");
        }
        R created = super.create(desired, pipeline, context);
        handEdits.corrected(pipeline, desired, Optional.ofNullable(existing));
        return created;
    }

    @Override
    public R update(R actual, R desired, SttPipeline pipeline, Context<SttPipeline> context) {
        R updated = super.update(actual, desired, pipeline, context);
        handEdits.corrected(pipeline, desired, Optional.of(actual));
        return updated;
    }

    @Override
    public Matcher.Result<R> match(R actual, R desired, SttPipeline pipeline, Context<SttPipeline> context) {
        Matcher.Result<R> result = super.match(actual, desired, pipeline, context);
        if (result.matched()) {
            handEdits.inShape(pipeline, desired);
        }
        return result;
    }

    @Override
    protected ResourceID targetSecondaryResourceID(SttPipeline pipeline, Context<SttPipeline> context) {
        return new ResourceID(objectName.apply(pipeline), pipeline.getMetadata().getNamespace());
    }

    /** An object of somebody else's is in the way. */
    static final class NameTaken extends RuntimeException {
        NameTaken(String message) {
            super(message);
        }
    }
}
