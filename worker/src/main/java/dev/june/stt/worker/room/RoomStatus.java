package dev.june.stt.worker.room;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.june.stt.transcript.Transcript;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A room that this worker listens to.
 *
 * @param participants those that have an audio track
 */
public record RoomStatus(String room, int participants, int tracks) {
    /** One participant of a room. Its figures begin when its first track does. */
    public record Participant(String identity, String sid, long tracks, Speech speech) {}

    /**
     * What became of what it said. FINALs and voids are those that this worker stored; another may have stored the rest.
     *
     * @param utterances opened since it came
     * @param speaking of these, those that are not over
     * @param language of the last FINAL
     * @param lastSpeechEndedAt of the last utterance with a transcript
     * @param meanLatencyMs from the end of speech to the stored FINAL
     * @param lastLatency where the last FINAL's time went
     * @param framesDropped blocks of audio that were dropped because the track fell behind
     * @param gaps times that audio stopped coming and silence was put in its place
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Speech(
            long utterances,
            long speaking,
            long finals,
            long voids,
            @Nullable String language,
            @Nullable Instant lastSpeechEndedAt,
            @Nullable Long meanLatencyMs,
            @Nullable Long longestLatencyMs,
            Transcript.@Nullable Latency lastLatency,
            long framesDropped,
            long gaps) {}
}
