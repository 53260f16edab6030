package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OperatorMetricsTest {
    private static final int PIPELINES = 10_000;

    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final OperatorMetrics metrics = new OperatorMetrics(meters);

    @Test
    void tenThousandPipelinesLeaveAsManySeriesAsNone() {
        Set<String> before = series();
        for (int number = 0; number < PIPELINES; number++) {
            pass(pipeline(number), number % 10 == 0);
        }
        assertThat(series()).isEqualTo(before);
        assertThat(meters.scrape())
                .doesNotContain("pipeline-")
                .contains("stt_operator_reconcile_failures_total 1000.0")
                .contains("stt_operator_reconciles_waiting 0.0")
                .contains("stt_operator_reconciles_running 0.0");
    }

    @Test
    void whatIsQueuedWaitsUntilItRuns() {
        SttPipeline one = pipeline(1);
        SttPipeline other = pipeline(2);
        metrics.reconcileCustomResource(one, null, Map.of());
        metrics.reconcileCustomResource(other, null, Map.of());
        metrics.reconciliationExecutionStarted(one, Map.of());
        assertThat(meters.get("stt_operator_reconciles_waiting").gauge().value())
                .isEqualTo(1);
        assertThat(meters.get("stt_operator_reconciles_running").gauge().value())
                .isEqualTo(1);
    }

    @Test
    void everyMetricStandsOnThePageOfMetrics() throws IOException {
        String page = Files.readString(Path.of("../docs/metrics.md"));
        assertThat(meters.scrape().lines())
                .filteredOn(line -> line.startsWith("# TYPE ") && !line.endsWith("_max gauge"))
                .hasSizeGreaterThan(3)
                .allSatisfy(line -> assertThat(page).contains("| `" + line.split(" ", -1)[2] + "` |"));
    }

    private void pass(SttPipeline pipeline, boolean fails) {
        metrics.reconcileCustomResource(pipeline, null, Map.of());
        metrics.reconciliationExecutionStarted(pipeline, Map.of());
        if (fails) {
            metrics.failedReconciliation(pipeline, new IllegalStateException(), Map.of());
        }
        metrics.reconciliationExecutionFinished(pipeline, Map.of());
    }

    private static SttPipeline pipeline(int number) {
        SttPipeline pipeline = new SttPipeline();
        pipeline.setMetadata(
                new ObjectMetaBuilder().withName("pipeline-" + number).build());
        return pipeline;
    }

    private Set<String> series() {
        return meters.scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toUnmodifiableSet());
    }
}
