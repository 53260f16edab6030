package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of a {@link Model} is different in a variant. One that names a model says where it comes from, too: nothing of that is taken from the
 * pipeline's. How it decodes is taken from there unless it is said.
 */
@ValidationRule(
        value =
                "has(self.name) || !(has(self.source) || has(self.url) || has(self.sha256) || has(self.claimName) || has(self.path) || has(self.quantization))",
        message = "a variant that says where its model comes from must set model.name, too")
@ValidationRule(
        value = "!has(self.source) || self.source != 'https' || (has(self.url) && has(self.sha256))",
        message = "model.source https needs model.url and model.sha256")
@ValidationRule(
        value = "!has(self.source) || self.source != 'pvc' || (has(self.claimName) && has(self.path))",
        message = "model.source pvc needs model.claimName and model.path, the file inside the volume")
@ValidationRule(
        value = "!has(self.source) || self.source != 'image' || has(self.path)",
        message = "model.source image needs model.path, the file inside the worker image")
public record VariantModel(
        @JsonPropertyDescription("Name of another model; absent: the pipeline's")
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        @Nullable
        String name,

        @JsonPropertyDescription("Where its file comes from; builtin if absent")
        Model.@Nullable Source source,

        @JsonPropertyDescription("Address of the ggml file, for source https")
        @Size(max = 2048)
        @Pattern("^https?://.+")
        @Nullable
        String url,

        @JsonPropertyDescription("Lower-case SHA-256 of the file; a file with another one is refused")
        @Pattern("^[0-9a-f]{64}$")
        @Size(min = 64, max = 64)
        @Nullable
        String sha256,

        @JsonPropertyDescription(
                "PersistentVolumeClaim that holds the file, for source pvc; a pipeline has one for all")
        @Size(max = 253)
        @Nullable
        String claimName,

        @JsonPropertyDescription("The file inside the volume or the image") @Size(max = 1024) @Nullable
        String path,

        @JsonPropertyDescription("Quantization of a builtin model; q5_1 if absent")
        @Pattern("^[a-z0-9_]+$")
        @Size(min = 2, max = 16)
        @Nullable
        String quantization,

        @JsonPropertyDescription("Spoken language as an ISO 639-1 code, or auto")
        @Pattern("^(auto|[a-z]{2,3})$")
        @Size(min = 2, max = 4)
        @Nullable
        String language,

        @JsonPropertyDescription("With language auto: only these are considered") @Size(max = 100) @Nullable
        List<@Pattern("^[a-z]{2,3}$") @Size(max = 3) String> allowedLanguages,

        @JsonPropertyDescription("Words that are likely to be said") @Size(max = 50) @Nullable
        List<@Size(max = 64) String> hotWords,

        @JsonPropertyDescription("Beams of a decode") @Range(min = "1", max = "8") @Nullable
        Integer beamSize) {

    public VariantModel {
        allowedLanguages = allowedLanguages == null ? null : List.copyOf(allowedLanguages);
        hotWords = hotWords == null ? null : List.copyOf(hotWords);
    }

    /**
     * The whole model, in a pipeline with that one.
     *
     * @throws IllegalArgumentException if the two do not go together, for example an English model with another language
     */
    Model over(Model base) {
        boolean another = name != null;
        return new Model(
                or(name, base.name()),
                another ? or(source, Model.Source.BUILTIN) : base.source(),
                another ? url : base.url(),
                another ? sha256 : base.sha256(),
                another ? claimName : base.claimName(),
                another ? path : base.path(),
                another ? or(quantization, "q5_1") : base.quantization(),
                or(language, base.language()),
                or(allowedLanguages, base.allowedLanguages()),
                or(hotWords, base.hotWords()),
                base.device(),
                base.threads(),
                or(beamSize, base.beamSize()));
    }

    private static <T> T or(@Nullable T own, T other) {
        return Objects.requireNonNullElse(own, other);
    }
}
