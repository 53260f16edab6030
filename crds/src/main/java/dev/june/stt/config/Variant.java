package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A share of the rooms that is treated differently, to compare (A/B) or to try first (canary). */
public record Variant(
        @JsonPropertyDescription("Name of the variant; it stands in every final it produced")
        @Required
        @Size(min = 1, max = 32)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String name,

        @JsonPropertyDescription("Share of rooms in percent; what is left over goes to the pipeline itself")
        @Required
        @Range(min = "0", max = "100")
        int weight,

        @JsonPropertyDescription("Model of this variant, if it differs") @Nullable
        Model model,

        @JsonPropertyDescription("Segmentation of this variant, if it differs") @Nullable
        Segmentation segmentation) {}
