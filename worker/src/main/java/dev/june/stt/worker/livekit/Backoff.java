package dev.june.stt.worker.livekit;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Exponential backoff with full jitter: each wait is anything between nothing and a limit that doubles. One thread. */
final class Backoff {
    private final Duration first;
    private final Duration last;
    private final RandomGenerator random;
    private Duration limit;

    Backoff(Duration first, Duration last, RandomGenerator random) {
        this.first = first;
        this.last = last;
        this.random = random;
        this.limit = first;
    }

    Duration next() {
        Duration wait = Duration.ofNanos(random.nextLong(limit.toNanos() + 1));
        Duration doubled = limit.multipliedBy(2);
        limit = doubled.compareTo(last) < 0 ? doubled : last;
        return wait;
    }

    void reset() {
        limit = first;
    }
}
