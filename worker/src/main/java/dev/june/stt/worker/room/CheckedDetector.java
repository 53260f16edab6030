package dev.june.stt.worker.room;

import dev.june.stt.worker.vad.SpeechDetector;

/**
 * Counts what a detector does wrong, by kind, and keeps an answer that is no number from going further: it would be no speech for ever, as
 * the detector remembers it. Belongs to the track's thread.
 */
final class CheckedDetector implements SpeechDetector {
    private final SpeechDetector detector;
    private final SessionMetrics metrics;

    CheckedDetector(SpeechDetector detector, SessionMetrics metrics) {
        this.detector = detector;
        this.metrics = metrics;
    }

    @Override
    public float probability(short[] window) {
        float probability;
        try {
            probability = detector.probability(window);
        } catch (RuntimeException e) {
            metrics.vadError(SessionMetrics.VadError.FAILED);
            throw e;
        }
        if (probability >= 0 && probability <= 1) {
            return probability;
        }
        metrics.vadError(SessionMetrics.VadError.NO_PROBABILITY);
        detector.reset();
        return 0;
    }

    @Override
    public void reset() {
        detector.reset();
    }

    @Override
    public void close() {
        detector.close();
    }
}
