package dev.june.stt.worker.room;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.recognition.Recognition;

/** What reaches a track's thread from others. */
sealed interface TrackInput {
    /** A block of samples, and the nanosecond clock when it came. */
    record Audio(short[] samples, long arrivedNanos) implements TrackInput {}

    record Muted() implements TrackInput {}

    record Unmuted() implements TrackInput {}

    /** Its connection is gone; it may come back under the same sid within a moment. If not, it is over for this reason. */
    record Detached(EndReason reason) implements TrackInput {}

    record Attached() implements TrackInput {}

    /** A partial's decode came back. {@code utterance} counts the track's utterances in this session, {@code audioEnd} is a position. */
    record PartialDecoded(long utterance, long audioEnd, double voicedSeconds, Recognition recognition)
            implements TrackInput {}

    /** It is over, whatever is being said. */
    record End(EndReason reason) implements TrackInput {}
}
