package dev.june.stt.worker.recognition;

import java.util.concurrent.CompletableFuture;

/**
 * Turns speech into words. One model shared by a fixed pool of states, each with its own platform thread, behind one bounded queue:
 * finals first, oldest first. Loaded and warmed before it is handed out. Any thread.
 */
public interface Recognizer extends AutoCloseable {
    /**
     * Queues a request. Never blocks. The future always completes, on a virtual thread, and never exceptionally: a failure is a
     * {@link Recognition.Failed}, a full queue drops partials first ({@link Recognition.Dropped}).
     */
    Ticket submit(DecodeRequest request);

    /** The model's name, as it stands in every final. */
    String model();

    /** Seconds of speech that one state decodes in a second, measured at warm-up and since. */
    double speed();

    /** How many decodes run side by side. */
    int states();

    /** Whether a decode hangs inside the native library, which nothing but a new process mends. */
    default boolean isStuck() {
        return false;
    }

    /** Whether decodes come to an end. */
    default Vitals vitals() {
        return Vitals.WELL;
    }

    /** Waits for running decodes, drops the rest, frees the model. */
    @Override
    void close();

    /** A request in the queue or in work. */
    interface Ticket {
        CompletableFuture<Recognition> result();

        /** Gives it up: leaves the queue, or is aborted at the next chance. A result that is already there stays. */
        void cancel();

        /** A speculative request turned out to be the final one: it may no longer be dropped and goes to the front. */
        void promote();
    }
}
