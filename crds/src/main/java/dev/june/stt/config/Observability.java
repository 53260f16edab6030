package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
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
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    public Observability {
        if (!LEVELS.contains(logLevel)) { // a document that no API server has seen
            throw new IllegalArgumentException("logLevel: expected one of " + LEVELS + ", got " + logLevel);
        }
    }

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
            double sampling,

            @JsonPropertyDescription(
                    "Slow is an utterance whose transcript is stored later than this after its last word, or posted"
                            + " to the webhook later than this after that")
            @Default("5s")
            @Range(min = "100ms", max = "1h")
            KubeDuration slowerThan) {}
}
