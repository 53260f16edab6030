/**
 * Status conditions: what is observed, and how it is merged into what the status said before. Open {@link
 * dev.june.stt.operator.condition.Conditions} first. Pure functions, safe on any thread.
 */
@NullMarked
package dev.june.stt.operator.condition;

import org.jspecify.annotations.NullMarked;
