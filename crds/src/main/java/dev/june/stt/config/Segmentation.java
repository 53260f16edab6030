package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;

/** When an utterance begins and ends, and how often a partial is shown. Changes apply at the next utterance. */
@ValidationRule(
        value = "self.vadExitThreshold <= self.vadThreshold",
        message =
                "segmentation.vadExitThreshold must not be above segmentation.vadThreshold: speech ends below the value it starts at")
@ValidationRule(
        value = "duration(self.minSpeech) < duration(self.maxUtterance)",
        message = "segmentation.minSpeech must be shorter than segmentation.maxUtterance")
public record Segmentation(
        @JsonPropertyDescription("Speech begins when the speech probability of a 32 ms window reaches this")
        @Default("0.5")
        @Range(min = "0.05", max = "0.95")
        double vadThreshold,

        @JsonPropertyDescription("Speech is interrupted when the probability falls below this")
        @Default("0.35")
        @Range(min = "0.01", max = "0.95")
        double vadExitThreshold,

        @JsonPropertyDescription("Sound shorter than this opens no utterance, unless it is very clearly speech")
        @Default("250ms")
        @Range(min = "32ms", max = "2s")
        KubeDuration minSpeech,

        @JsonPropertyDescription("Silence that ends an utterance") @Default("600ms") @Range(min = "200ms", max = "5s")
        KubeDuration endSilence,

        @JsonPropertyDescription(
                "Audio kept from before the first detected speech, so that soft beginnings are not cut")
        @Default("400ms")
        @Range(min = "0s", max = "2s")
        KubeDuration preRoll,

        @JsonPropertyDescription("Audio kept after the last detected speech, so that soft endings are not cut")
        @Default("200ms")
        @Range(min = "0s", max = "1s")
        KubeDuration postRoll,

        @JsonPropertyDescription("Longest utterance; longer speech is cut at its quietest moment near this length")
        @Default("25s")
        @Range(min = "5s", max = "28s")
        KubeDuration maxUtterance,

        @JsonPropertyDescription(
                "No partial is decoded of less audio than this; a final of a shorter utterance is padded with silence")
        @Default("500ms")
        @Range(min = "100ms", max = "2s")
        KubeDuration minAudio,

        @JsonPropertyDescription("New speech between two partials at the least; 0s turns partials off")
        @Default("1s")
        @Range(min = "0s", max = "10s")
        KubeDuration partialInterval,

        @JsonPropertyDescription("No partial is sent this long after a final, so that none trails behind it")
        @Default("500ms")
        @Range(min = "0s", max = "5s")
        KubeDuration finalCooldown,

        @JsonPropertyDescription(
                "Words of two overlapping decodes whose times differ by less than this are the same word")
        @Default("300ms")
        @Range(min = "0s", max = "2s")
        KubeDuration mergeTolerance) {

    public Segmentation {
        if (vadExitThreshold > vadThreshold) {
            throw new IllegalArgumentException("segmentation.vadExitThreshold: expected at most vadThreshold ("
                    + vadThreshold + "), got " + vadExitThreshold);
        }
    }
}
