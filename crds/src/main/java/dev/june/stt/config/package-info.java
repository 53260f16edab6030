/**
 * The configuration of a pipeline: the parts of the custom resource that workers act on, and {@link
 * dev.june.stt.config.PipelineConfig}, the document that carries them from the operator to the workers. Open {@code
 * PipelineConfig} first. Immutable values, safe on any thread. Defaults stand in {@code @Default} and reach the generated
 * schema, bounds in {@link dev.june.stt.config.Range} and rules across fields in the records' constructors.
 */
@NullMarked
package dev.june.stt.config;

import org.jspecify.annotations.NullMarked;
