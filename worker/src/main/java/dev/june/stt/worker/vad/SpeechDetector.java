package dev.june.stt.worker.vad;

/**
 * Says how likely it is that a window holds speech. One instance hears one track, in order, from one thread; it remembers what it
 * heard, until {@link #reset}. Made by a {@link Factory}, which many tracks share.
 */
public interface SpeechDetector extends AutoCloseable {
    /** Samples of a window: 32 ms. */
    int WINDOW_SAMPLES = 512;

    /**
     * @param window {@value #WINDOW_SAMPLES} samples, mono, 16 kHz; not kept
     * @return the probability of speech, from 0 to 1
     * @throws IllegalArgumentException if the window has another length
     */
    float probability(short[] window);

    /** Forgets what was heard: the next window is the first of a new stretch of audio. */
    void reset();

    @Override
    void close();

    /** Makes detectors; holds what they share. Any thread. */
    interface Factory extends AutoCloseable {
        SpeechDetector create();

        @Override
        void close();
    }
}
