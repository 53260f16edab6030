package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator observed last. Figures are coarse and written at most every 15 s; live ones are metrics. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SttPipelineStatus(
        @JsonPropertyDescription("metadata.generation that this status speaks of")
        long observedGeneration,

        @JsonPropertyDescription("Observations: Ready is the summary")
        List<Condition> conditions,

        @JsonPropertyDescription("Workers wanted") @StatusReplicas
        int replicas,

        @JsonPropertyDescription("Workers ready") int readyReplicas,

        @JsonPropertyDescription("Label selector of the workers, for the scale subresource") @LabelSelector @Nullable
        String selector,

        @JsonPropertyDescription("Rooms being listened to") int activeRooms,

        @JsonPropertyDescription("Participants being listened to")
        int activeParticipants,

        @JsonPropertyDescription("Utterances waiting for or in their final decode")
        long queueDepth,

        @JsonPropertyDescription("Dead letters kept") long deadLetters,

        @JsonPropertyDescription("Which configuration the workers run") @Nullable
        ConfigurationStatus configuration,

        @JsonPropertyDescription("How the variants of the spec compare with the pipeline itself")
        List<VariantStatus> variants) {

    public SttPipelineStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        variants = variants == null ? List.of() : List.copyOf(variants);
    }

    /** Which generation of the configuration the workers run. */
    public record ConfigurationStatus(
            @JsonPropertyDescription("Generation that the workers are meant to run")
            long generation,

            @JsonPropertyDescription("Workers that run it") int workersCurrent,
            @JsonPropertyDescription("Workers in all") int workersTotal) {}
}
