package dev.june.stt.operator.health;

import io.javaoperatorsdk.operator.Operator;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** What the probes ask. Liveness is about states that only a restart mends; a standby that does not lead is ready. */
public final class OperatorHealth {
    /** A watch that broke off is opened again within seconds; one that stays away for this long needs a new process. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private OperatorHealth() {}

    /** Down when an informer has not been watching for a minute: the operator is deaf. */
    public static HealthIndicator watches(Operator operator, LongSupplier nanoTime) {
        AtomicLong wellAt = new AtomicLong(nanoTime.getAsLong());
        return () -> {
            Map<String, ?> deaf = operator.getRuntimeInfo().isStarted()
                    ? operator.getRuntimeInfo().unhealthyInformerWrappingEventSourceHealthIndicator()
                    : Map.of();
            boolean well = deaf.values().stream().allMatch(sources -> ((Map<?, ?>) sources).isEmpty());
            long now = nanoTime.getAsLong();
            if (well) {
                wellAt.set(now);
                return Health.up().build();
            }
            Duration since = Duration.ofNanos(now - wellAt.get());
            Health.Builder health = since.compareTo(PATIENCE) > 0 ? Health.down() : Health.up();
            return health.withDetail("deafSeconds", since.toSeconds())
                    .withDetail("sources", deaf.toString())
                    .build();
        };
    }

    /** Down when nobody has been seen to lead for a minute. */
    public static HealthIndicator leader(LeaderWatch watch) {
        return () -> {
            Duration silence = watch.silence();
            return (silence.compareTo(PATIENCE) > 0 ? Health.down() : Health.up())
                    .withDetail("secondsWithoutSign", silence.toSeconds())
                    .build();
        };
    }

    /** Down when for a minute nothing has arrived by the watch of a Lease that changes. */
    public static HealthIndicator canary(LeaderWatch watch) {
        return () -> {
            Duration deaf = watch.deaf();
            return (deaf.compareTo(PATIENCE) > 0 ? Health.down() : Health.up())
                    .withDetail("deafSeconds", deaf.toSeconds())
                    .build();
        };
    }

    /** Down when a change of a pipeline has not arrived within a minute. */
    public static HealthIndicator pipelines(PipelineWatch watch) {
        return () -> (watch.isDeaf() ? Health.down() : Health.up()).build();
    }

    /** Up once the caches are filled. */
    public static HealthIndicator started(BooleanSupplier running) {
        return () -> (running.getAsBoolean() ? Health.up() : Health.outOfService()).build();
    }
}
