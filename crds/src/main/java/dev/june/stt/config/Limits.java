package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** How much one worker, room, participant or key may use. */
public record Limits(
        @JsonPropertyDescription(
                "Rooms one worker listens to at the most; 0 lets the worker decide from its measured speed")
        @Default("0")
        @Range(min = "0", max = "1000")
        int maxRoomsPerWorker,

        @JsonPropertyDescription("Participants of one room that are transcribed at the same time")
        @Default("50")
        @Range(min = "1", max = "1000")
        int maxParticipantsPerRoom,

        @JsonPropertyDescription("Seconds of audio a participant may send in a second of time; bursts are smoothed")
        @Default("2.0")
        @Range(min = "1", max = "16")
        double audioSecondsPerSecond,

        @JsonPropertyDescription("Connections at the same time for one API key")
        @Default("10")
        @Range(min = "1", max = "10000")
        int connectionsPerKey,

        @JsonPropertyDescription("Requests a second for one API key") @Default("20") @Range(min = "1", max = "10000")
        int requestsPerSecond) {}
