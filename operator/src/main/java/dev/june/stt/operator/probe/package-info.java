/**
 * Things that decide whether a pipeline can work and that no watch tells about: the Secrets it refers to, and its LiveKit server. Open
 * {@link dev.june.stt.operator.probe.Poller} first: it runs the looks, on virtual threads, and wakes the reconciler when
 * something changed.
 */
@NullMarked
package dev.june.stt.operator.probe;

import org.jspecify.annotations.NullMarked;
