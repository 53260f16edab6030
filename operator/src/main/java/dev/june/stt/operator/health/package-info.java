/** Whether the operator itself is well. Open {@link dev.june.stt.operator.health.OperatorHealth}. Called by the web server's threads. */
@NullMarked
package dev.june.stt.operator.health;

import org.jspecify.annotations.NullMarked;
