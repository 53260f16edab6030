/**
 * How many workers a pipeline needs. Open {@link dev.june.stt.operator.autoscaling.Decision}. Pure functions, safe on any thread.
 */
@NullMarked
package dev.june.stt.operator.autoscaling;

import org.jspecify.annotations.NullMarked;
