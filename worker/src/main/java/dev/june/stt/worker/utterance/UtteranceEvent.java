package dev.june.stt.worker.utterance;

import dev.june.stt.transcript.EndReason;

/** What happens to a track. Positions are samples from the track's first; they never go back. */
public sealed interface UtteranceEvent {
    /** A window was heard, {@code [start, end)}, with this probability of speech. */
    record Heard(long start, long end, double probability) implements UtteranceEvent {}

    /** Whatever is being said ends here, at the position after the last sample heard. */
    record Closed(long at, EndReason reason) implements UtteranceEvent {}
}
