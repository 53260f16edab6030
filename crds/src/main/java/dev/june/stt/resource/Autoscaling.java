package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Range;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How many workers run, and who decides it. */
@ValidationRule(
        value = "!has(self.mode) || self.mode != 'KEDA' || has(self.keda)",
        message = "autoscaling.mode KEDA needs autoscaling.keda with prometheusUrl, natsMonitoring or both")
public record Autoscaling(
        @JsonPropertyDescription(
                "Operator decides from demand and queue; KEDA writes a ScaledObject; External follows spec.replicas (an HPA"
                        + " on the scale subresource may write it); MetricsOnly says what it would do and follows spec.replicas; None"
                        + " follows spec.replicas")
        @Default("Operator")
        Mode mode,

        @JsonPropertyDescription("Seconds of audio that may wait for their decode before workers are added")
        @Default("5")
        @Range(min = "1", max = "600")
        int targetQueueSeconds,

        @JsonPropertyDescription("Share of the measured capacity that is meant to be used, in percent")
        @Default("70")
        @Range(min = "10", max = "100")
        int targetUtilization,

        @JsonPropertyDescription("Workers kept ready beyond the demand") @Default("0") @Range(min = "0", max = "100")
        int warmStandby,

        @JsonPropertyDescription("How long the demand must last before workers are added")
        @Default("0s")
        @Range(min = "0s", max = "1h")
        KubeDuration scaleUpStabilization,

        @JsonPropertyDescription("How long the demand must be lower before workers are removed")
        @Default("5m")
        @Range(min = "0s", max = "24h")
        KubeDuration scaleDownStabilization,

        @JsonPropertyDescription("Where KEDA gets its figures, for mode KEDA") @Nullable
        Keda keda) {

    /** Who decides how many workers run. */
    public enum Mode {
        @JsonProperty("Operator")
        OPERATOR,
        @JsonProperty("KEDA")
        KEDA,
        @JsonProperty("External")
        EXTERNAL,
        @JsonProperty("MetricsOnly")
        METRICS_ONLY,
        @JsonProperty("None")
        NONE
    }

    /** The figures that KEDA asks for; with both, the larger number of workers counts. */
    @ValidationRule(
            value = "has(self.prometheusUrl) || has(self.natsMonitoring)",
            message = "autoscaling.keda needs prometheusUrl, natsMonitoring or both")
    public record Keda(
            @JsonPropertyDescription(
                    "Address of a Prometheus that scrapes the workers, for live tracks, for example http://prometheus.monitoring:9090")
            @Pattern("https?://.+")
            @Size(max = 512)
            @Nullable
            String prometheusUrl,

            @JsonPropertyDescription(
                    "Host and port of NATS' HTTP monitoring, for utterances that wait, for example nats.nats:8222")
            @Size(max = 512)
            @Nullable
            String natsMonitoring,

            @JsonPropertyDescription("NATS account that the streams belong to, as its monitoring names it")
            @Default("$G")
            @Size(max = 128)
            String natsAccount) {}
}
