package dev.june.stt.worker.utterance;

import dev.june.stt.worker.utterance.UtteranceEffect.SpeechEvidence;

/**
 * Where a track stands.
 *
 * <pre>
 *            speech                enough of it                silence
 *   Silent ─────────▶ Rising ────────────────────▶ Speaking ◀─────────▶ Trailing
 *     ▲ ▲               │ silence lasted: no utterance │ Closed, or too long  speech │ silence lasted, or Closed
 *     │ └───────────────┘                              ▼                             ▼
 *     └──────────────────────────────────────────── Ended ◀──────────────────────────┘
 * </pre>
 *
 * Each state carries {@code floor}, the position before which samples belong to an earlier utterance.
 */
public sealed interface UtteranceState {
    long floor();

    static UtteranceState initial() {
        return new Silent(0);
    }

    /** Nobody speaks. */
    record Silent(long floor) implements UtteranceState {}

    /** Something that may be speech; too little yet to open an utterance. */
    record Rising(long floor, long speechStart, long speechEnd, SpeechEvidence evidence) implements UtteranceState {}

    /** An open utterance, speech going on. */
    record Speaking(Open open) implements UtteranceState {
        @Override
        public long floor() {
            return open.from();
        }
    }

    /** An open utterance in a pause. {@code paused} once the stretch that it would be was announced. */
    record Trailing(Open open, boolean paused) implements UtteranceState {
        @Override
        public long floor() {
            return open.from();
        }
    }

    /**
     * What is true while an utterance is open.
     *
     * @param from first sample of its audio
     * @param speechStart first sample of detected speech
     * @param speechEnd position after the last sample of detected speech
     * @param shownUntil position up to which a partial was due last
     * @param quiet smoothed probability of speech, to find the quietest moment
     * @param cut where it would be cut if it grew too long
     */
    record Open(
            long from,
            long speechStart,
            long speechEnd,
            SpeechEvidence evidence,
            long shownUntil,
            double quiet,
            Cut cut) {}

    /** The quietest moment so far, near the greatest length: where it is, how quiet, and what was voiced up to there. */
    record Cut(long at, double probability, SpeechEvidence evidence) {
        static final Cut NONE = new Cut(-1, Double.MAX_VALUE, SpeechEvidence.NONE);
    }
}
