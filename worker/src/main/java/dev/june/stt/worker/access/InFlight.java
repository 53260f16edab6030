package dev.june.stt.worker.access;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests of each caller are being answered, against {@code limits.connectionsPerKey}. Holds nobody who waits for nothing, so it
 * is no larger than the web server's connections. Any thread.
 */
final class InFlight {
    private final Map<String, Integer> byCaller = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();

    InFlight(MeterRegistry metrics) {
        Gauge.builder("stt_requests_in_flight", all, AtomicInteger::get)
                .description("Authenticated requests that are being answered")
                .register(metrics);
    }

    /** Whether this caller may have one more at the same time; if so, it is to be given back with {@link #leave}. */
    boolean enter(String caller, int limit) {
        int now = byCaller.merge(caller, 1, Integer::sum);
        if (now > limit) {
            forget(caller);
            return false;
        }
        all.incrementAndGet();
        return true;
    }

    void leave(String caller) {
        forget(caller);
        all.decrementAndGet();
    }

    int callers() {
        return byCaller.size();
    }

    private void forget(String caller) {
        byCaller.computeIfPresent(caller, (_, count) -> count == 1 ? null : count - 1);
    }
}
