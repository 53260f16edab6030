/**
 * The JetStream streams, consumer and bucket of a pipeline, what is published to its workers there and what they report. Open {@link
 * dev.june.stt.operator.streams.StreamKeeper} first. It works on virtual threads of its own; no reconcile ever waits for NATS.
 */
@NullMarked
package dev.june.stt.operator.streams;

import org.jspecify.annotations.NullMarked;
