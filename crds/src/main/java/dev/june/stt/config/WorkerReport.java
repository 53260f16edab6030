package dev.june.stt.config;

import org.jspecify.annotations.Nullable;

/**
 * What a worker says about itself: JSON under {@link dev.june.stt.transcript.Keys#worker} in the pipeline's KV bucket. The
 * worker writes it when something in it changes, and in any case often enough that the operator's figures stay fresh; the
 * operator reads those of the pods that exist and ignores the rest.
 *
 * @param worker the pod's name
 * @param generation {@link PipelineConfig#generation} of the document it runs
 * @param ready whether it takes new rooms
 * @param rooms rooms it listens to
 * @param participants participants it listens to, in all its rooms
 * @param refused why it does not run a newer document, if it was given one that it refuses
 */
public record WorkerReport(
        String worker,
        long generation,
        boolean ready,
        int rooms,
        int participants,
        @Nullable Refusal refused) {

    /**
     * A document that a worker does not run.
     *
     * @param generation generation of the refused document; 0 if that could not be read either
     * @param field path of the field that is wrong, for example {@code segmentation.vadThreshold}
     * @param message what was expected and what was found, for people
     */
    public record Refusal(long generation, String field, String message) {}
}
