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
 * @param load how busy it is; absent in reports of workers that do not say so
 * @param wear what it has been through; absent in reports of workers that do not say so
 * @param refused why it does not run a newer document, if it was given one that it refuses
 */
public record WorkerReport(
        String worker,
        long generation,
        boolean ready,
        int rooms,
        int participants,
        @Nullable Load load,
        @Nullable Refusal refused,
        @Nullable Wear wear) {
    /** Of a worker that does not say how worn it is. */
    public WorkerReport(
            String worker,
            long generation,
            boolean ready,
            int rooms,
            int participants,
            @Nullable Load load,
            @Nullable Refusal refused) {
        this(worker, generation, ready, rooms, participants, load, refused, null);
    }

    /**
     * What a worker has served since it started; the native library keeps some memory of each session.
     *
     * @param sessionsServed rooms it has joined
     * @param rssBytes resident memory, coarse
     * @param recycle whether it should be drained and replaced; it ends by itself as soon as it has no room
     */
    public record Wear(long sessionsServed, long rssBytes, boolean recycle) {}

    /**
     * How busy a worker is, for autoscaling.
     *
     * @param tracks audio tracks that it listens to, and one for each room that it took and in which nobody speaks yet
     * @param capacity tracks that it can follow, from its measured speed
     * @param decodeSpeed seconds of audio that it decodes in a second
     */
    public record Load(int tracks, double capacity, double decodeSpeed) {}

    /**
     * A document that a worker does not run.
     *
     * @param generation generation of the refused document; 0 if that could not be read either
     * @param field path of the field that is wrong, for example {@code segmentation.vadThreshold}
     * @param message what was expected and what was found, for people
     */
    public record Refusal(long generation, String field, String message) {}
}
