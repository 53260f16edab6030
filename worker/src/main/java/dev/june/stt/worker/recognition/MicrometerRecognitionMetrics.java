package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** As Micrometer meters, all beginning with {@code stt.}. Any thread. */
public final class MicrometerRecognitionMetrics implements RecognitionMetrics {
    private final MeterRegistry registry;
    private final Set<QueueView> queues = ConcurrentHashMap.newKeySet();

    public MicrometerRecognitionMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (Priority priority : Priority.values()) {
            Gauge.builder("stt.decode.queue.depth", queues, all -> depth(all, priority))
                    .description("Decodes that wait for a free model state")
                    .tag("priority", label(priority))
                    .register(registry);
            TimeGauge.builder("stt.decode.queue.age", queues, TimeUnit.NANOSECONDS, all -> age(all, priority))
                    .description("How long the oldest waiting decode waits")
                    .tag("priority", label(priority))
                    .register(registry);
        }
    }

    @Override
    public void decoded(Priority priority, double audioSeconds, Duration queued, Duration decoded) {
        timer("stt.decode.queued", "Wait for a free model state", priority).record(queued);
        timer("stt.decode.duration", "One decode", priority).record(decoded);
        DistributionSummary.builder("stt.decode.real.time.factor")
                .description("Time of a decode over the length of its audio; below 1 is faster than speech")
                .tag("priority", label(priority))
                .publishPercentileHistogram()
                .minimumExpectedValue(0.01)
                .maximumExpectedValue(100.0)
                .register(registry)
                .record(decoded.toNanos() / 1e9 / Math.max(audioSeconds, 0.1));
    }

    private Timer timer(String name, String description, Priority priority) {
        return Timer.builder(name)
                .description(description)
                .tag("priority", label(priority))
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(10))
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(registry);
    }

    @Override
    public void suppressed(String guard) {
        registry.counter("stt.hallucinations.suppressed", "guard", guard).increment();
    }

    @Override
    public void retried(String guard) {
        registry.counter("stt.decode.retries", "guard", guard).increment();
    }

    @Override
    public void failed(String reason) {
        registry.counter("stt.decode.failures", "reason", reason).increment();
    }

    @Override
    public void dropped(Priority priority, String reason) {
        registry.counter("stt.decode.dropped", "priority", label(priority), "reason", reason)
                .increment();
    }

    @Override
    public void modelLoaded(String model, Duration loading, Duration warmUp) {
        registry.timer("stt.model.load", "model", model, "stage", "load").record(loading);
        registry.timer("stt.model.load", "model", model, "stage", "warm-up").record(warmUp);
    }

    @Override
    public Watch watch(QueueView queue) {
        queues.add(queue);
        return () -> queues.remove(queue);
    }

    private static double depth(Set<QueueView> queues, Priority priority) {
        return queues.stream().mapToInt(queue -> queue.depth(priority)).sum();
    }

    private static double age(Set<QueueView> queues, Priority priority) {
        return queues.stream()
                .mapToDouble(queue -> queue.age(priority).toNanos())
                .max()
                .orElse(0);
    }

    private static String label(Priority priority) {
        return priority.name().toLowerCase(Locale.ROOT);
    }
}
