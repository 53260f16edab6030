package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/**
 * When a variant counts as worse than the pipeline itself, and what follows. Both are looked at from the moment at which the variant took its
 * present form, once each has {@code minUtterances}.
 */
public record Comparison(
        @JsonPropertyDescription("Utterances that the variant and the pipeline itself must each have closed first")
        @Default("200")
        @Range(min = "10", max = "100000")
        int minUtterances,

        @JsonPropertyDescription("How much later the 95th percentile of its finals may come, in percent")
        @Default("50")
        @Range(min = "1", max = "1000")
        int maxLatencyIncrease,

        @JsonPropertyDescription("How many more of its utterances may end without text, in percentage points")
        @Default("10")
        @Range(min = "1", max = "100")
        int maxEmptyIncrease,

        @JsonPropertyDescription(
                "How many more of its utterances may fail or end the worker that decodes them, in percentage points")
        @Default("2")
        @Range(min = "1", max = "100")
        int maxFailedIncrease,

        @JsonPropertyDescription("How much lower the mean log-probability of its finals may be")
        @Default("0.2")
        @Range(min = "0.01", max = "5")
        double maxLogProbabilityDrop,

        @JsonPropertyDescription(
                "Automatic: a variant that is worse gets no more rooms until its definition changes; Manual: it is only said")
        @Default("Automatic")
        Decision abort,

        @JsonPropertyDescription(
                "Automatic: a variant that is at least as good gets all new rooms until its definition changes; Manual: it"
                        + " is only said")
        @Default("Manual")
        Decision promotion) {

    /** Who acts on what was found. */
    public enum Decision {
        @JsonProperty("Automatic")
        AUTOMATIC,
        @JsonProperty("Manual")
        MANUAL
    }
}
