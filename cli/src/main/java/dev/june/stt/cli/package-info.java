/**
 * The command line. Open {@link dev.june.stt.cli.June}; each command is a class, {@link dev.june.stt.cli.Worker} makes the calls. One thread.
 */
@NullMarked
package dev.june.stt.cli;

import org.jspecify.annotations.NullMarked;
