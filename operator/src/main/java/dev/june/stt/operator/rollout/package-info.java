/**
 * Trying something out and going back to what worked. Open {@link dev.june.stt.operator.rollout.Trial}. Pure functions, safe on any
 * thread; docs/rollouts.md says what a user sees of it.
 */
@NullMarked
package dev.june.stt.operator.rollout;

import org.jspecify.annotations.NullMarked;
