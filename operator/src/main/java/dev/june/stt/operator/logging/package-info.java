/** The level of the operator's own log messages, which changes while it runs. Open {@link dev.june.stt.operator.logging.LogLevelFile}. */
@NullMarked
package dev.june.stt.operator.logging;

import org.jspecify.annotations.NullMarked;
