package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Range;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The worker pods. A change here rolls them, with drain. */
public record Workers(
        @JsonPropertyDescription("How few and how many workers autoscaling may run")
        Replicas replicas,

        @JsonPropertyDescription("Image of the workers; empty takes the one that belongs to the operator's release")
        @Default("")
        @Size(max = 512)
        String image,

        @JsonPropertyDescription(
                "CPU and memory of a worker; empty takes 2 CPUs and 4Gi requested, 4 CPUs and 8Gi at the most")
        @Nullable
        ResourceRequirements resources,

        @JsonPropertyDescription("GPUs of a worker") @Nullable
        Gpu gpu,

        @JsonPropertyDescription("Labels of nodes that workers run on") @Default("{}") @Size(max = 32)
        Map<String, String> nodeSelector,

        @JsonPropertyDescription("Taints of nodes that workers tolerate") @Default("[]") @Size(max = 32)
        List<Toleration> tolerations,

        @JsonPropertyDescription(
                "Time a worker has to finish its utterances and hand over its rooms before it is stopped")
        @Default("5m")
        @Range(min = "10s", max = "2h")
        KubeDuration drainTimeout) {

    public Workers {
        nodeSelector = nodeSelector == null ? Map.of() : Map.copyOf(nodeSelector);
        tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
    }

    /** Bounds of the pool's size. */
    @ValidationRule(
            value = "self.min <= self.max",
            message = "workers.replicas.min must not be above workers.replicas.max")
    public record Replicas(
            @JsonPropertyDescription("Fewest workers") @Default("1") @Range(min = "0", max = "500")
            int min,

            @JsonPropertyDescription("Most workers") @Default("3") @Range(min = "1", max = "500")
            int max) {}

    /** The extended resource that GPUs are requested by. */
    public record Gpu(
            @JsonPropertyDescription("Name of the resource, for example nvidia.com/gpu or a MIG slice")
            @Default("nvidia.com/gpu")
            @Size(min = 1, max = 253)
            String resource,

            @JsonPropertyDescription("How many for each worker") @Default("1") @Range(min = "1", max = "16")
            int count) {}
}
