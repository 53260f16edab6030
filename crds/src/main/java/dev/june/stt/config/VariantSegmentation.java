package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of a {@link Segmentation} is different in a variant; what is absent is as in the pipeline itself. {@code mergeTolerance} belongs to
 * the loaded model and cannot differ.
 */
public record VariantSegmentation(
        @JsonPropertyDescription("Speech begins when the speech probability of a 32 ms window reaches this")
        @Range(min = "0.05", max = "0.95")
        @Nullable
        Double vadThreshold,

        @JsonPropertyDescription("Speech is interrupted when the probability falls below this")
        @Range(min = "0.01", max = "0.95")
        @Nullable
        Double vadExitThreshold,

        @JsonPropertyDescription("Sound shorter than this opens no utterance, unless it is very clearly speech")
        @Range(min = "32ms", max = "2s")
        @Nullable
        KubeDuration minSpeech,

        @JsonPropertyDescription("Silence that ends an utterance") @Range(min = "200ms", max = "5s") @Nullable
        KubeDuration endSilence,

        @JsonPropertyDescription("Audio kept from before the first detected speech")
        @Range(min = "0s", max = "2s")
        @Nullable
        KubeDuration preRoll,

        @JsonPropertyDescription("Audio kept after the last detected speech") @Range(min = "0s", max = "1s") @Nullable
        KubeDuration postRoll,

        @JsonPropertyDescription("Longest utterance") @Range(min = "5s", max = "28s") @Nullable
        KubeDuration maxUtterance,

        @JsonPropertyDescription("No partial is decoded of less audio than this")
        @Range(min = "100ms", max = "2s")
        @Nullable
        KubeDuration minAudio,

        @JsonPropertyDescription("New speech between two partials at the least; 0s turns partials off")
        @Range(min = "0s", max = "10s")
        @Nullable
        KubeDuration partialInterval,

        @JsonPropertyDescription("No partial is sent this long after a final") @Range(min = "0s", max = "5s") @Nullable
        KubeDuration finalCooldown) {

    /**
     * The whole segmentation, in a pipeline with that one.
     *
     * @throws IllegalArgumentException if the two do not go together
     */
    Segmentation over(Segmentation base) {
        return new Segmentation(
                or(vadThreshold, base.vadThreshold()),
                or(vadExitThreshold, base.vadExitThreshold()),
                or(minSpeech, base.minSpeech()),
                or(endSilence, base.endSilence()),
                or(preRoll, base.preRoll()),
                or(postRoll, base.postRoll()),
                or(maxUtterance, base.maxUtterance()),
                or(minAudio, base.minAudio()),
                or(partialInterval, base.partialInterval()),
                or(finalCooldown, base.finalCooldown()),
                base.mergeTolerance());
    }

    private static <T> T or(@Nullable T own, T other) {
        return Objects.requireNonNullElse(own, other);
    }
}
