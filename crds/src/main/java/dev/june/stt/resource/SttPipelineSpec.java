package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.june.stt.config.Access;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.Limits;
import dev.june.stt.config.LiveKit;
import dev.june.stt.config.Model;
import dev.june.stt.config.Observability;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Range;
import dev.june.stt.config.Segmentation;
import dev.june.stt.config.Variant;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;

/** What a user asks for. Everything but the addresses of LiveKit and NATS has a default. */
@ValidationRule(
        value = "self.variants.map(v, v.weight).sum() <= 100",
        message = "the weights of spec.variants must not add up to more than 100 percent")
@ValidationRule(
        value = "self.variants.all(v, self.variants.exists_one(w, w.name == v.name))",
        message = "every variant needs a name of its own in spec.variants")
@ValidationRule(
        value = "self.variants.all(v, !(has(v.model) && has(v.model.name) ? v.model.name : "
                + "self.model.name).endsWith('.en') || (has(v.model) && has(v.model.language) ? v.model.language "
                + ": self.model.language) == 'en')",
        message =
                "the model of a variant understands English only: set model.language of that variant to en, or take a multilingual model such as base")
@ValidationRule(
        value = "self.variants.all(v, (has(v.model) && has(v.model.language) ? v.model.language : "
                + "self.model.language) == 'auto' || size((has(v.model) && has(v.model.allowedLanguages) ? "
                + "v.model.allowedLanguages : self.model.allowedLanguages)) == 0 || (has(v.model) && "
                + "has(v.model.language) ? v.model.language : self.model.language) in (has(v.model) && "
                + "has(v.model.allowedLanguages) ? v.model.allowedLanguages : self.model.allowedLanguages))",
        message =
                "model.language of a variant is not among the allowedLanguages that count for it: set both in the variant")
@ValidationRule(
        value = "self.variants.all(v, !has(v.segmentation) || (has(v.segmentation.vadExitThreshold) ? "
                + "v.segmentation.vadExitThreshold : self.segmentation.vadExitThreshold) <= "
                + "(has(v.segmentation.vadThreshold) ? v.segmentation.vadThreshold : "
                + "self.segmentation.vadThreshold))",
        message = "segmentation.vadExitThreshold of a variant must not be above the vadThreshold that counts for it")
@ValidationRule(
        value = "self.variants.all(v, !has(v.segmentation) || duration((has(v.segmentation.minSpeech) ? "
                + "v.segmentation.minSpeech : self.segmentation.minSpeech)) < "
                + "duration((has(v.segmentation.maxUtterance) ? v.segmentation.maxUtterance : "
                + "self.segmentation.maxUtterance)))",
        message = "segmentation.minSpeech of a variant must be shorter than the maxUtterance that counts for it")
@ValidationRule(
        value = "self.variants.all(v, !has(v.model) || !has(v.model.claimName) || ((self.model.source != 'pvc' "
                + "|| self.model.claimName == v.model.claimName) && self.variants.all(w, !has(w.model) || "
                + "!has(w.model.claimName) || w.model.claimName == v.model.claimName)))",
        message = "all models of a pipeline that come from a volume must be on the same one: use one claimName")
public record SttPipelineSpec(
        @JsonPropertyDescription(
                "Workers to run while autoscaling.mode is External or None; the scale subresource writes it")
        @Default("1")
        @SpecReplicas
        @Range(min = "0", max = "500")
        int replicas,

        @JsonPropertyDescription("The Whisper model") Model model,

        @JsonPropertyDescription("The LiveKit server") @Required
        LiveKit livekit,

        @JsonPropertyDescription("When an utterance begins and ends")
        Segmentation segmentation,

        @JsonPropertyDescription("How finals reach whoever consumes them") @Required
        Delivery delivery,

        @JsonPropertyDescription("How much one worker, room, participant or key may use")
        Limits limits,

        @JsonPropertyDescription("Who may call the workers' HTTP endpoints")
        Access access,

        @JsonPropertyDescription("The worker pods") Workers workers,

        @JsonPropertyDescription("How many workers run, and who decides it")
        Autoscaling autoscaling,

        @JsonPropertyDescription("What workers tell about themselves")
        Observability observability,

        @JsonPropertyDescription("Shares of rooms that are treated differently, for A/B comparisons and canaries")
        @Default("[]")
        @Size(max = 4)
        List<Variant> variants,

        @JsonPropertyDescription("Drain and remove all workers, keep everything else") @Default("false")
        boolean suspend) {

    public SttPipelineSpec {
        variants = variants == null ? List.of() : List.copyOf(variants);
    }

    /** The part that workers act on. */
    public PipelineConfig.Spec forWorkers() {
        return new PipelineConfig.Spec(model, livekit, segmentation, delivery, limits, access, observability, variants);
    }
}
