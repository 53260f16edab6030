package dev.june.stt.worker.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the receiver is worth an attempt. Closed: everything is tried. Open: nothing is, for {@code openFor}, twice as long after each
 * probe that fails, up to ten minutes. Half open: one delivery is tried. Another receiver or other settings begin with a closed one. Any
 * thread.
 */
final class Circuit {
    private static final Logger log = LoggerFactory.getLogger(Circuit.class);
    private static final Duration LONGEST_OPEN = Duration.ofMinutes(10);

    @GuardedBy("this")
    private Followed followed;

    private record Followed(String url, Delivery.CircuitBreaker settings, CircuitBreaker breaker) {}

    Circuit(MeterRegistry metrics) {
        followed = follow("", new Delivery.CircuitBreaker(50, 20, new KubeDuration("30s")));
        for (CircuitBreaker.State state : new CircuitBreaker.State[] {
            CircuitBreaker.State.CLOSED, CircuitBreaker.State.OPEN, CircuitBreaker.State.HALF_OPEN
        }) {
            Gauge.builder(
                            "stt_webhook_circuit_state",
                            this,
                            circuit -> circuit.breaker().getState() == state ? 1 : 0)
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .description("1 for the state that the webhook's circuit breaker is in")
                    .register(metrics);
        }
    }

    /** One attempt that was let through. Is told how it went, or closed: then none was made. For one thread. */
    static final class Pass implements AutoCloseable {
        private final CircuitBreaker breaker;
        private final long start = System.nanoTime();
        private boolean told;

        private Pass(CircuitBreaker breaker) {
            this.breaker = breaker;
        }

        void ended(boolean delivered) {
            told = true;
            breaker.onResult(System.nanoTime() - start, TimeUnit.NANOSECONDS, delivered);
        }

        @Override
        public void close() {
            if (!told) {
                told = true;
                breaker.releasePermission();
            }
        }
    }

    synchronized void follow(Endpoint endpoint) {
        Delivery.Webhook webhook = endpoint.webhook();
        if (!followed.url().equals(webhook.url()) || !followed.settings().equals(webhook.circuitBreaker())) {
            followed = follow(webhook.url(), webhook.circuitBreaker());
        }
    }

    boolean isClosed() {
        return breaker().getState() == CircuitBreaker.State.CLOSED;
    }

    /** Empty: not now. */
    Optional<Pass> enter() {
        CircuitBreaker breaker = breaker();
        return breaker.tryAcquirePermission() ? Optional.of(new Pass(breaker)) : Optional.empty();
    }

    private synchronized CircuitBreaker breaker() {
        return followed.breaker();
    }

    private static Followed follow(String url, Delivery.CircuitBreaker settings) {
        Duration openFor = settings.openFor().value();
        CircuitBreaker breaker = CircuitBreaker.of(
                "webhook",
                CircuitBreakerConfig.custom()
                        .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(settings.window())
                        .minimumNumberOfCalls(settings.window())
                        .failureRateThreshold(settings.failureRatePercent())
                        .recordResult(delivered -> delivered.equals(false))
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .waitIntervalFunctionInOpenState(
                                openFor.compareTo(LONGEST_OPEN) < 0
                                        ? IntervalFunction.ofExponentialBackoff(openFor, 2, LONGEST_OPEN)
                                        : IntervalFunction.of(openFor))
                        .writableStackTraceEnabled(false)
                        .build());
        breaker.getEventPublisher()
                .onStateTransition(event -> log.warn(
                        "the webhook's circuit is {} now, it was {}",
                        event.getStateTransition().getToState(),
                        event.getStateTransition().getFromState()));
        return new Followed(url, settings, breaker);
    }
}
