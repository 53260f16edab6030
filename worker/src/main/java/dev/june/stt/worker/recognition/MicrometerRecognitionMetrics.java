package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** As Micrometer meters, all beginning with {@code stt.}. Any thread. */
public final class MicrometerRecognitionMetrics implements RecognitionMetrics {
    /** Guards that a decode is repeated for, and that it fails by if it is not believed then either. */
    private static final List<String> LOOPS =
            List.of("unfinished", "token_rate", "character_rate", "compression", "repetition");

    private static final List<String> SILENCES = List.of("no_voice", "doubtful", "phrase", "hot_words");
    private static final List<String> FAILURES =
            List.of(WhisperDecoder.NATIVE, WhisperRecognizer.TOO_SLOW, WhisperRecognizer.HANGS, "language", "defect");
    private static final List<String> DROPS = List.of(
            DecodeQueue.CANCELLED,
            DecodeQueue.SUPERSEDED,
            DecodeQueue.PREEMPTED,
            DecodeQueue.STALE,
            DecodeQueue.OVERLOAD,
            DecodeQueue.CLOSED);

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
            queued(priority);
            duration(priority);
            realTimeFactor(priority);
            DROPS.forEach(reason -> drop(priority, reason));
        }
        SILENCES.forEach(this::suppression);
        LOOPS.forEach(this::retry);
        LOOPS.forEach(this::failure);
        FAILURES.forEach(this::failure);
        load("load");
        load("warm-up");
    }

    @Override
    public void decoded(Priority priority, double audioSeconds, Duration queued, Duration decoded) {
        queued(priority).record(queued);
        duration(priority).record(decoded);
        realTimeFactor(priority).record(decoded.toNanos() / 1e9 / Math.max(audioSeconds, 0.1));
    }

    private Timer queued(Priority priority) {
        return timer("stt.decode.queued", "Wait for a free model state", priority);
    }

    private Timer duration(Priority priority) {
        return timer("stt.decode.duration", "One decode", priority);
    }

    private DistributionSummary realTimeFactor(Priority priority) {
        return DistributionSummary.builder("stt.decode.real.time.factor")
                .description("Time of a decode over the length of its audio; below 1 is faster than speech")
                .tag("priority", label(priority))
                .publishPercentileHistogram()
                .minimumExpectedValue(0.01)
                .maximumExpectedValue(100.0)
                .register(registry);
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
        suppression(guard).increment();
    }

    @Override
    public void retried(String guard) {
        retry(guard).increment();
    }

    @Override
    public void failed(String reason) {
        failure(reason).increment();
    }

    @Override
    public void dropped(Priority priority, String reason) {
        drop(priority, reason).increment();
    }

    @Override
    public void modelLoaded(String model, Duration loading, Duration warmUp) {
        load("load").record(loading);
        load("warm-up").record(warmUp);
    }

    private Counter suppression(String guard) {
        return counter("stt.hallucinations.suppressed", "Decodes whose words were not believed", "guard", guard);
    }

    private Counter retry(String guard) {
        return counter("stt.decode.retries", "Decodes repeated at the full window", "guard", guard);
    }

    private Counter failure(String reason) {
        return counter("stt.decode.failures", "Decodes that failed", "reason", reason);
    }

    private Counter drop(Priority priority, String reason) {
        return counter("stt.decode.dropped", "Decodes given up", "priority", label(priority), "reason", reason);
    }

    private Counter counter(String name, String description, String... tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    /** Without the model's name: who changes the configuration writes that, and nothing bounds how often. */
    private Timer load(String stage) {
        return Timer.builder("stt.model.load")
                .description("Loading a model and its first decode")
                .tag("stage", stage)
                .register(registry);
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
