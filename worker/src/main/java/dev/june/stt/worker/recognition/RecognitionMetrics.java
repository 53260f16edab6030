package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import java.time.Duration;

/** What there is to count and measure here. Names given to it are fixed, so that each can be the value of a label. Any thread. */
public interface RecognitionMetrics {
    /** A decode came to an end, whatever it gave. */
    void decoded(Priority priority, double audioSeconds, Duration queued, Duration decoded);

    /** A guard did not believe the words. */
    void suppressed(String guard);

    /** A guard did not believe the words, and the audio is decoded once more at the full window. */
    void retried(String guard);

    void failed(String reason);

    void dropped(Priority priority, String reason);

    void modelLoaded(String model, Duration loading, Duration warmUp);

    /** Shows a queue until the answer is closed. More than one is shown while a model is replaced. */
    Watch watch(QueueView queue);

    /** The state of a queue at this moment. */
    interface QueueView {
        int depth(Priority priority);

        /** How long the oldest waits; zero if none does. */
        Duration age(Priority priority);
    }

    /** Ends with {@link #close}, which cannot fail. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
