package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration document: the operator writes it into a ConfigMap (for workers that start) and into the key {@code config}
 * of the pipeline's KV bucket (for workers that run); a worker reads, validates and applies it as a whole. JSON, all defaults
 * filled in. {@code spec} has the shape of the custom resource's {@code spec}, without what only the operator needs.
 *
 * @param generation {@code metadata.generation} of the resource it was made from; workers report the one they run
 * @param shares what each variant gets of the new rooms; absent where no operator says so, and the weights of the spec count
 */
public record PipelineConfig(
        long generation,
        String namespace,
        String name,
        Spec spec,
        @Nullable List<Share> shares) {
    public PipelineConfig {
        shares = shares == null ? null : List.copyOf(shares);
    }

    /** The part of the resource's spec that workers act on. */
    public record Spec(
            Model model,
            LiveKit livekit,
            Segmentation segmentation,
            Delivery delivery,
            Limits limits,
            Access access,
            Observability observability,

            @JsonPropertyDescription("Shares of rooms that are treated differently")
            List<Variant> variants) {
        public Spec {
            variants = List.copyOf(variants);
        }
    }
}
