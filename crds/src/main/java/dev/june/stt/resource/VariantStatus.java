package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** How a variant compares with the pipeline itself, since it took its present form. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VariantStatus(
        @JsonPropertyDescription("Name of the variant") String name,

        @JsonPropertyDescription("Share of new rooms that it gets, in percent: its weight, or what was decided")
        int weight,

        @JsonPropertyDescription(
                "Comparing; Aborted: it was worse and gets no more rooms; Promoted: it was at least as good and gets all")
        State state,

        @JsonPropertyDescription("Why, in CamelCase") String reason,
        @JsonPropertyDescription("Why, for people") String message,

        @JsonPropertyDescription("metadata.generation at which it took its present form; the comparison began then")
        long since,

        @JsonPropertyDescription("What its present form is told by; another one begins another comparison")
        String hash,

        @JsonPropertyDescription("Its utterances") @Nullable VariantFigures own,

        @JsonPropertyDescription("Those of the pipeline itself in the same time") @Nullable
        VariantFigures pipeline) {

    /** What was made of the comparison. */
    public enum State {
        @JsonProperty("Comparing")
        COMPARING,
        @JsonProperty("Aborted")
        ABORTED,
        @JsonProperty("Promoted")
        PROMOTED
    }

    /** The same, without what changes while nothing is decided. */
    public VariantStatus withoutFigures() {
        return new VariantStatus(name, weight, state, reason, "", since, hash, null, null);
    }

    /** Utterances in figures. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record VariantFigures(
            @JsonPropertyDescription("Utterances closed") long utterances,

            @JsonPropertyDescription("Median time from the end of speech to the final, in milliseconds") @Nullable
            Long latencyP50Ms,

            @JsonPropertyDescription("95th percentile of it") @Nullable
            Long latencyP95Ms,

            @JsonPropertyDescription("Utterances that ended without text, in percent")
            double emptyPercent,

            @JsonPropertyDescription("Utterances that failed or ended their worker, in percent")
            double failedPercent,

            @JsonPropertyDescription("Mean log-probability of the finals") @Nullable
            Double meanLogProbability) {}
}
