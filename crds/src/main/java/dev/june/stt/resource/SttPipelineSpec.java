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
