/**
 * Asks an installed operator, as a user would, whether it is at work: {@code helm test} runs it in a pod of its own. Open {@link
 * dev.june.stt.operator.installation.InstallationCheck} first; it runs on the main thread without Spring.
 */
@NullMarked
package dev.june.stt.operator.installation;

import org.jspecify.annotations.NullMarked;
