package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Range;
import dev.june.stt.config.SecretRef;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
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

        @JsonPropertyDescription("Secrets by which the image is pulled") @Default("[]") @Size(max = 8)
        List<SecretRef> imagePullSecrets,

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
                "Where models that were fetched (model.source https) are kept; without it as long as the pod")
        @Nullable
        ModelCache modelCache,

        @JsonPropertyDescription("What workers may connect to, and who may connect to them")
        Network networkPolicy,

        @JsonPropertyDescription(
                "Time a worker has to finish its utterances and hand over its rooms before it is stopped")
        @Default("5m")
        @Range(min = "10s", max = "2h")
        KubeDuration drainTimeout) {

    public Workers {
        imagePullSecrets = imagePullSecrets == null ? List.of() : List.copyOf(imagePullSecrets);
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

    /** Keeps fetched models: on a volume that outlives the pods, or beside each pod. */
    @ValidationRule(
            value = "!(has(self.claimName) && has(self.sizeLimit))",
            message =
                    "workers.modelCache: the claim has a size of its own; set either claimName or sizeLimit, not both")
    public record ModelCache(
            @JsonPropertyDescription(
                    "PersistentVolumeClaim that all workers share, so of access mode ReadWriteMany unless there is one worker")
            @Size(max = 253)
            @Nullable
            String claimName,

            @JsonPropertyDescription("Without a claim: most that a pod's own cache may hold") @Nullable
            Quantity sizeLimit) {}

    /** A NetworkPolicy names ports, not hosts: which host has which address is not known to it. */
    public record Network(
            @JsonPropertyDescription(
                    "Keep a NetworkPolicy: in only to the HTTP port, out only to DNS, NATS, LiveKit and its media, the"
                            + " webhook, traces, tokens' keys and models. Policies of your own add to it")
            @Default("true")
            boolean enabled,

            @JsonPropertyDescription(
                    "More TCP ports that workers may connect to. A policy sees the port of the pod behind a Service: name"
                            + " it here when it differs from that in the URL")
            @Default("[]")
            @Size(max = 16)
            List<@Min(1) @Max(65535) Integer> egressPorts) {
        public Network {
            egressPorts = egressPorts == null ? List.of() : List.copyOf(egressPorts);
        }
    }
}
