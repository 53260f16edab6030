/**
 * The operator's wiring, settings and metrics. Open {@link dev.june.stt.operator.OperatorApplication} to see which parts there are,
 * and {@link dev.june.stt.operator.pipeline.PipelineReconciler} for what the operator does.
 */
@NullMarked
package dev.june.stt.operator;

import org.jspecify.annotations.NullMarked;
