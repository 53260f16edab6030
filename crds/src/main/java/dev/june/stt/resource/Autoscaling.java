package dev.june.stt.resource;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Range;
import io.fabric8.generator.annotation.Default;

/** How many workers run, and who decides it. */
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
        KubeDuration scaleDownStabilization) {

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
}
