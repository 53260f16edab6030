package dev.june.stt.worker.utterance;

import dev.june.stt.transcript.EndReason;

/** What the owner of the track has to do. Stretches are {@code [from, to)}, in samples from the track's first. */
public sealed interface UtteranceEffect {
    /** An utterance is open from now on; its audio begins at {@code from}. Each one is followed by exactly one {@link Ended}. */
    record Opened(long from) implements UtteranceEffect {}

    /** Enough was said since the last time to show a partial. */
    record PartialDue(long from, long to) implements UtteranceEffect {}

    /** It is silent: if it stays so, the utterance will be exactly this stretch. Worth decoding already. */
    record Paused(long from, long to, SpeechEvidence evidence) implements UtteranceEffect {}

    /** Speech went on after {@link Paused}: what was decoded is of no use. */
    record Resumed() implements UtteranceEffect {}

    /**
     * The utterance is over.
     *
     * @param speechStart first sample of detected speech
     * @param speechEnd position after the last sample of detected speech
     */
    record Ended(long from, long to, long speechStart, long speechEnd, EndReason reason, SpeechEvidence evidence)
            implements UtteranceEffect {}

    /**
     * What the voice activity detection saw in an utterance.
     *
     * @param voiced samples in windows with speech
     * @param probabilitySum sum of the probabilities over these windows, weighted by their samples
     */
    record SpeechEvidence(long voiced, double probabilitySum) {
        static final SpeechEvidence NONE = new SpeechEvidence(0, 0);

        SpeechEvidence plus(long samples, double probability) {
            return new SpeechEvidence(voiced + samples, probabilitySum + samples * probability);
        }

        public double meanProbability() {
            return voiced == 0 ? 0 : probabilitySum / voiced;
        }
    }
}
