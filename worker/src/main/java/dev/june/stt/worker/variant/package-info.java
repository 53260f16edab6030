/**
 * Variants: shares of the rooms that are treated differently. {@link dev.june.stt.worker.variant.VariantChoice} says which one a room gets,
 * {@link dev.june.stt.worker.variant.Treatment} what that means, {@link dev.june.stt.worker.variant.VariantCount} counts what came of it for
 * the operator. Open {@code Treatment} first. No thread of its own.
 */
@NullMarked
package dev.june.stt.worker.variant;

import org.jspecify.annotations.NullMarked;
