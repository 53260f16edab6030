package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which Whisper model a worker loads, from where, and how it decodes with it. */
@ValidationRule(
        value = "!self.name.endsWith('.en') || self.language == 'en'",
        message =
                "this model understands English only: set model.language to en, or take a multilingual model such as base")
@ValidationRule(
        value = "self.source != 'https' || (has(self.url) && has(self.sha256))",
        message = "model.source https needs model.url and model.sha256")
@ValidationRule(
        value = "self.source != 'pvc' || (has(self.claimName) && has(self.path))",
        message = "model.source pvc needs model.claimName and model.path, the file inside the volume")
@ValidationRule(
        value = "self.source != 'image' || has(self.path)",
        message = "model.source image needs model.path, the file inside the worker image")
@ValidationRule(
        value = "size(self.allowedLanguages) == 0 || self.language == 'auto' || self.language in self.allowedLanguages",
        message = "model.language is not among model.allowedLanguages: add it there, or set model.language to auto")
public record Model(
        @JsonPropertyDescription(
                "Name of the model: tiny.en and base come with the worker image; others need another source")
        @Default("base")
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        String name,

        @JsonPropertyDescription(
                "Where the file comes from: builtin (in the worker image), https (url and sha256), pvc (claimName and"
                        + " path) or image (path in a worker image of your own)")
        @Default("builtin")
        Source source,

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

        @JsonPropertyDescription("PersistentVolumeClaim that holds the file, for source pvc") @Size(max = 253) @Nullable
        String claimName,

        @JsonPropertyDescription("The file inside the volume or the image") @Size(max = 1024) @Nullable
        String path,

        @JsonPropertyDescription("Quantization of a builtin model; for other sources the file decides")
        @Default("q5_1")
        @Pattern("^[a-z0-9_]+$")
        @Size(min = 2, max = 16)
        String quantization,

        @JsonPropertyDescription("Spoken language as an ISO 639-1 code, or auto to detect it for each participant")
        @Default("auto")
        @Pattern("^(auto|[a-z]{2,3})$")
        @Size(min = 2, max = 4)
        String language,

        @JsonPropertyDescription("With language auto: only these are considered; empty means all that the model knows")
        @Default("[]")
        @Size(max = 100)
        List<@Pattern("^[a-z]{2,3}$") @Size(max = 3) String> allowedLanguages,

        @JsonPropertyDescription("Words that are likely to be said, such as names; given to the model as context")
        @Default("[]")
        @Size(max = 50)
        List<@Size(max = 64) String> hotWords,

        @JsonPropertyDescription("Where the model runs: cpu, or cuda with a worker image that has a CUDA build")
        @Default("cpu")
        Device device,

        @JsonPropertyDescription(
                "Threads of one decode; one each and more decodes side by side is faster than the reverse")
        @Default("1")
        @Range(min = "1", max = "32")
        int threads,

        @JsonPropertyDescription("Beams of a decode; 1 is greedy, which is what was measured and is the default")
        @Default("1")
        @Range(min = "1", max = "8")
        int beamSize) {

    public Model {
        allowedLanguages = List.copyOf(allowedLanguages);
        hotWords = List.copyOf(hotWords);
        if (name.endsWith(".en") && !language.equals("en")) {
            throw new IllegalArgumentException(
                    "model.language: expected en, because " + name + " understands English only, got " + language);
        }
    }

    /** Where the file comes from. */
    public enum Source {
        @JsonProperty("builtin")
        BUILTIN,
        @JsonProperty("https")
        HTTPS,
        @JsonProperty("pvc")
        PVC,
        @JsonProperty("image")
        IMAGE
    }

    /** Where the model runs. */
    public enum Device {
        @JsonProperty("cpu")
        CPU,
        @JsonProperty("cuda")
        CUDA
    }
}
