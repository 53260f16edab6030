/**
 * What is made of a pipeline's variants: {@link dev.june.stt.operator.variants.Judge} compares one with the pipeline itself, {@link
 * dev.june.stt.operator.variants.Rollout} remembers what was decided in the pipeline's status and says which shares follow. Open {@code
 * Rollout} first. All of it is pure; called by reconciles.
 */
@NullMarked
package dev.june.stt.operator.variants;

import org.jspecify.annotations.NullMarked;
