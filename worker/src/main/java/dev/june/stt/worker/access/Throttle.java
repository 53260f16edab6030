package dev.june.stt.worker.access;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.Limits;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Counts the requests of each caller, and of each address that shows nothing good, against {@code limits.requestsPerSecond}. Keeps the
 * callers that came last. Any thread.
 */
final class Throttle {
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int MAX_CALLERS = 4_096;

    private final Supplier<Limits> limits;

    @GuardedBy("this")
    private final Map<String, Counted> callers = new LinkedHashMap<>(64, 0.75f, true);

    private record Counted(int perSecond, RateLimiter limiter) {}

    Throttle(Supplier<Limits> limits, MeterRegistry metrics) {
        this.limits = limits;
        Gauge.builder("stt_callers_counted", this, Throttle::counted)
                .description("Callers whose requests are counted, of 4096 at the most")
                .register(metrics);
    }

    /** Whether this caller may have one more request answered now. */
    boolean admits(String caller) {
        return limiter(caller, limits.get().requestsPerSecond()).acquirePermission();
    }

    /** Seconds after which there is room again. */
    static long retryAfterSeconds() {
        return PERIOD.toSeconds();
    }

    private synchronized int counted() {
        return callers.size();
    }

    private synchronized RateLimiter limiter(String caller, int perSecond) {
        Counted known = callers.get(caller);
        if (known == null || known.perSecond() != perSecond) {
            known = new Counted(perSecond, newLimiter(perSecond));
            callers.put(caller, known);
            if (callers.size() > MAX_CALLERS) {
                callers.remove(callers.keySet().iterator().next());
            }
        }
        return known.limiter();
    }

    private static RateLimiter newLimiter(int perSecond) {
        return RateLimiter.of(
                "requests",
                RateLimiterConfig.custom()
                        .limitForPeriod(perSecond)
                        .limitRefreshPeriod(PERIOD)
                        .timeoutDuration(Duration.ZERO)
                        .build());
    }
}
