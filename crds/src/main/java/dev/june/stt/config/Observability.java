package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** What workers tell about themselves. */
public record Observability(
        @JsonPropertyDescription("Traces, one for each utterance")
        Tracing tracing,

        @JsonPropertyDescription("Level of the workers' own log messages")
        @Default("info")
        @Pattern("^(error|warn|info|debug|trace)$")
        @Size(max = 5)
        String logLevel,

        @JsonPropertyDescription("Create a PodMonitor where that kind exists") @Default("true")
        boolean podMonitor,

        @JsonPropertyDescription("Create a PrometheusRule with alerts where that kind exists") @Default("true")
        boolean prometheusRule) {

    /** Where traces go. */
    public record Tracing(
            @JsonPropertyDescription("OTLP/HTTP endpoint of the collector; without it no traces are sent")
            @Size(max = 2048)
            @Pattern("^https?://[^/ ]+.*$")
            @Nullable
            String otlpEndpoint,

            @JsonPropertyDescription("Share of traces that are sent; failed and slow ones are always sent")
            @Default("0.1")
            @Range(min = "0", max = "1")
            double sampling) {}
}
