package dev.june.stt.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds variants that do not go together with their pipeline where no API server has done it: in a file or the environment. */
public final class VariantRules {
    private VariantRules() {}

    /** Every violation, each a sentence that starts with the field's path; empty if none. */
    public static List<String> violations(PipelineConfig.Spec spec) {
        List<String> found = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int weights = 0;
        for (int i = 0; i < spec.variants().size(); i++) {
            Variant variant = spec.variants().get(i);
            String path = "variants[" + i + "]";
            weights += variant.weight();
            if (!names.add(variant.name())) {
                found.add(path + ".name: expected a name of its own, got " + variant.name() + " once more");
            }
            source(variant.model()).ifPresent(why -> found.add(path + ".model." + why));
            together(variant, spec).ifPresent(why -> found.add(path + "." + why));
        }
        if (weights > 100) {
            found.add("variants: expected weights that add up to at most 100, got " + weights);
        }
        return List.copyOf(found);
    }

    private static Optional<String> source(@Nullable VariantModel model) {
        if (model == null) {
            return Optional.empty();
        }
        if (model.name() == null) {
            boolean placed = model.source() != null || model.url() != null || model.path() != null;
            return placed ? Optional.of("name: expected a name, because the model's source is said") : Optional.empty();
        }
        if (model.source() == Model.Source.HTTPS && (model.url() == null || model.sha256() == null)) {
            return Optional.of("url: expected an address and a sha256, because source is https");
        }
        boolean inFile = model.source() == Model.Source.PVC || model.source() == Model.Source.IMAGE;
        return inFile && model.path() == null
                ? Optional.of("path: expected the file's place, because source is not builtin")
                : Optional.empty();
    }

    /** What the records themselves refuse, and the rules of the schema that read two fields. */
    private static Optional<String> together(Variant variant, PipelineConfig.Spec spec) {
        try {
            Model model = variant.modelOver(spec.model());
            Segmentation segmentation = variant.segmentationOver(spec.segmentation());
            if (!model.allowedLanguages().isEmpty()
                    && !model.language().equals("auto")
                    && !model.allowedLanguages().contains(model.language())) {
                return Optional.of(
                        "model.language: expected one of " + model.allowedLanguages() + ", got " + model.language());
            }
            if (segmentation.minSpeech().toMillis()
                    >= segmentation.maxUtterance().toMillis()) {
                return Optional.of("segmentation.minSpeech: expected less than maxUtterance ("
                        + segmentation.maxUtterance() + "), got " + segmentation.minSpeech());
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
