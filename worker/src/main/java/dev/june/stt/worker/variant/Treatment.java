package dev.june.stt.worker.variant;

import dev.june.stt.config.Model;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Segmentation;
import dev.june.stt.config.Share;
import dev.june.stt.config.Variant;
import java.util.List;
import java.util.Optional;

/**
 * How a room is treated: by one of the variants, or as the pipeline itself says. Pure.
 *
 * @param variant its name; empty for the pipeline itself
 */
public record Treatment(String variant, Model model, Segmentation segmentation) {
    /** Name of no variant: the pipeline itself. */
    public static final String PIPELINE = "";

    /** What a variant's name means in a configuration; one that is not there, or no longer, means the pipeline itself. */
    public static Treatment of(PipelineConfig config, String variant) {
        PipelineConfig.Spec spec = config.spec();
        return named(config, variant)
                .map(found -> new Treatment(
                        found.name(), found.modelOver(spec.model()), found.segmentationOver(spec.segmentation())))
                .orElseGet(() -> new Treatment(PIPELINE, spec.model(), spec.segmentation()));
    }

    /** What each variant gets of the new rooms. */
    public static List<Share> shares(PipelineConfig config) {
        List<Share> decided = config.shares();
        return decided != null
                ? decided
                : config.spec().variants().stream()
                        .map(variant -> new Share(variant.name(), variant.weight(), config.generation()))
                        .toList();
    }

    private static Optional<Variant> named(PipelineConfig config, String variant) {
        return config.spec().variants().stream()
                .filter(each -> each.name().equals(variant))
                .findFirst();
    }
}
