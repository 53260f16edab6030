/**
 * The custom resource's package: what the operator does about an {@code SttPipeline}. Open {@link
 * dev.june.stt.operator.pipeline.PipelineReconciler} first, then {@code Checks} for what can be wrong and {@code WorkerDeployment} for
 * what runs. Reconciles run on the SDK's threads; all but the reconciler, the recorder of events and the surroundings is pure.
 */
@NullMarked
package dev.june.stt.operator.pipeline;

import org.jspecify.annotations.NullMarked;
