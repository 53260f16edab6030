package dev.june.stt.transcript;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why an utterance ended. */
public enum EndReason {
    /** Silence lasted as long as {@code segmentation.endSilence}. */
    @JsonProperty("silence")
    SILENCE,
    /** It reached {@code segmentation.maxUtterance}; the speech goes on in the next utterance. */
    @JsonProperty("max_length")
    MAX_LENGTH,
    /** The participant muted the track. */
    @JsonProperty("muted")
    MUTED,
    /** The track was unpublished or unsubscribed. */
    @JsonProperty("track_ended")
    TRACK_ENDED,
    /** The participant left the room, or the room closed. */
    @JsonProperty("participant_left")
    PARTICIPANT_LEFT,
    /** The worker lost its connection to the room. */
    @JsonProperty("disconnected")
    DISCONNECTED,
    /** The worker handed the room over, because it was told to stop. */
    @JsonProperty("drain")
    DRAIN,
    /** Nothing else ended it in time; the watchdog did. */
    @JsonProperty("watchdog")
    WATCHDOG
}
