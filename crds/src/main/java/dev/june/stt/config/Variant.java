package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * A share of the rooms that is treated differently, to compare (A/B) or to try first (canary). What it does not say is as in the pipeline
 * itself; one that says nothing is the other half of an A/A comparison.
 */
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

        @JsonPropertyDescription("What of the model is different") @Nullable
        VariantModel model,

        @JsonPropertyDescription("What of the segmentation is different") @Nullable
        VariantSegmentation segmentation,

        @JsonPropertyDescription("How the variant is compared with the pipeline itself, and what follows from it")
        Comparison comparison) {

    /** The model of this variant, in a pipeline with that one. */
    public Model modelOver(Model base) {
        return model == null ? base : model.over(base);
    }

    /** The segmentation of this variant, in a pipeline with that one. */
    public Segmentation segmentationOver(Segmentation base) {
        return segmentation == null ? base : segmentation.over(base);
    }
}
