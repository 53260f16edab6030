/**
 * The shape of a pipeline's streams, consumer and bucket in JetStream. The operator keeps them so; a worker without an operator makes
 * them itself. Open {@link dev.june.stt.streams.PipelineStreams}. The types are those of the NATS client, in {@code provided} scope.
 */
@NullMarked
package dev.june.stt.streams;

import org.jspecify.annotations.NullMarked;
