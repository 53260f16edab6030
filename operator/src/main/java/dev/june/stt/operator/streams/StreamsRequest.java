package dev.june.stt.operator.streams;

import dev.june.stt.streams.PipelineStreams;
import java.util.Optional;
import java.util.Set;

/**
 * What a pipeline wants of NATS.
 *
 * @param configuration the configuration document to publish; empty leaves what is there
 * @param generation of that document, which the workers are expected to report
 * @param workers pods whose reports are wanted
 * @param removal set when the pipeline is being deleted
 */
public record StreamsRequest(
        NatsAccess access,
        PipelineStreams shape,
        Optional<String> configuration,
        long generation,
        Set<String> workers,
        Optional<Removal> removal) {
    public StreamsRequest {
        workers = Set.copyOf(workers);
    }

    /** What goes with the pipeline. The bucket, the consumers and the webhook's retries always do. */
    public enum Removal {
        KEEP_STREAMS,
        DELETE_STREAMS
    }
}
