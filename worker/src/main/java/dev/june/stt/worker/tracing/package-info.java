/**
 * One trace for each utterance, over all workers that touch it. Open {@link dev.june.stt.worker.tracing.TraceStep} first: it is all that
 * the rest of the worker calls. {@link dev.june.stt.worker.tracing.Keeper} decides what is sent, {@link
 * dev.june.stt.worker.tracing.Outlet} sends it on a thread of its own.
 */
@NullMarked
package dev.june.stt.worker.tracing;

import org.jspecify.annotations.NullMarked;
