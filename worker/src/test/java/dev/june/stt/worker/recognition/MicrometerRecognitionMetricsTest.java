package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.RecognitionMetrics.QueueView;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MicrometerRecognitionMetricsTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RecognitionMetrics metrics = new MicrometerRecognitionMetrics(registry);

    @Test
    void everythingIsSeenUnderItsName() {
        metrics.decoded(Priority.FINAL, 4, Duration.ofMillis(100), Duration.ofSeconds(1));
        metrics.suppressed("phrase");
        metrics.retried("compression");
        metrics.failed("repetition");
        metrics.dropped(Priority.PARTIAL, "stale");
        metrics.modelLoaded("base", Duration.ofMillis(200), Duration.ofMillis(1500));
        assertThat(registry.scrape())
                .contains("stt_decode_duration_seconds_sum{priority=\"final\"} 1.0")
                .contains("stt_decode_queued_seconds_sum{priority=\"final\"} 0.1")
                .contains("stt_decode_real_time_factor_sum{priority=\"final\"} 0.25")
                .contains("stt_hallucinations_suppressed_total{guard=\"phrase\"} 1.0")
                .contains("stt_decode_retries_total{guard=\"compression\"} 1.0")
                .contains("stt_decode_failures_total{reason=\"repetition\"} 1.0")
                .contains("stt_decode_dropped_total{priority=\"partial\",reason=\"stale\"} 1.0")
                .contains("stt_model_load_seconds_sum{stage=\"warm-up\"} 1.5");
    }

    @Test
    void queuesOfTwoModelsAreAddedWhileOneReplacesTheOther() {
        RecognitionMetrics.Watch old = metrics.watch(queue(3, Duration.ofSeconds(4)));
        metrics.watch(queue(2, Duration.ofSeconds(1)));
        assertThat(registry.scrape())
                .contains("stt_decode_queue_depth{priority=\"final\"} 5.0")
                .contains("stt_decode_queue_age_seconds{priority=\"final\"} 4.0");
        old.close();
        assertThat(registry.scrape())
                .contains("stt_decode_queue_depth{priority=\"final\"} 2.0")
                .contains("stt_decode_queue_age_seconds{priority=\"final\"} 1.0");
    }

    private static QueueView queue(int depth, Duration age) {
        return new QueueView() {
            @Override
            public int depth(Priority priority) {
                return depth;
            }

            @Override
            public Duration age(Priority priority) {
                return age;
            }
        };
    }
}
