package dev.june.stt.worker.dispatch;

import dev.june.stt.worker.delivery.FailureKind;
import dev.june.stt.worker.delivery.StageLatency;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** What is counted about the webhook. */
final class DispatchMetrics {
    private final Map<Answer.Kind, Counter> attempts = new EnumMap<>(Answer.Kind.class);
    private final Timer delivery;
    private final StageLatency stages;
    private final Counter parked;
    private final Counter defects;
    private final AtomicLong waiting = new AtomicLong();

    DispatchMetrics(MeterRegistry metrics) {
        for (Answer.Kind kind : Answer.Kind.values()) {
            attempts.put(
                    kind,
                    Counter.builder("stt_webhook_attempts_total")
                            .tag("outcome", kind.label())
                            .description("Times that a transcript was posted to the receiver, by what came of it")
                            .register(metrics));
        }
        delivery = Timer.builder("stt_webhook_delivery_seconds")
                .description("From the stored transcript to the receiver's 2xx")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(10))
                .register(metrics);
        stages = new StageLatency(metrics);
        parked = Counter.builder("stt_webhook_parked_total")
                .description("Times that a delivery was set aside until its next attempt")
                .register(metrics);
        defects = metrics.counter("stt_errors_total", "kind", FailureKind.DEFECT.name());
        Gauge.builder("stt_webhook_waiting", waiting, AtomicLong::get)
                .description("Deliveries of the whole pool that wait for their next attempt")
                .register(metrics);
    }

    void attempted(Answer.Kind kind) {
        Objects.requireNonNull(attempts.get(kind)).increment();
    }

    void delivered(WebhookEvent event, Duration sinceStored) {
        Duration taken = sinceStored.isNegative() ? Duration.ZERO : sinceStored; // the server's clock is another one
        delivery.record(taken);
        if (event.isFinal()) {
            stages.delivered(taken);
        }
    }

    void parked() {
        parked.increment();
    }

    void waiting(long deliveries) {
        waiting.set(deliveries);
    }

    long waiting() {
        return waiting.get();
    }

    void defect() {
        defects.increment();
    }
}
