package dev.june.stt.worker.recognition;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.worker.recognition.DecodeQueue.Job;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long a decode may take, and which ones have not come back. A decode that is over its {@link #limit} is aborted; the library looks
 * for that between two steps, so one that does not come back for as long again hangs inside a step, and is given up while its thread
 * still runs.
 * Any thread.
 */
final class Watchdog {
    /** A step of a big model on a busy machine takes seconds. */
    private static final Duration SHORTEST_GRACE = Duration.ofSeconds(20);

    private final Duration shortest;
    private final double timesExpected;
    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final Map<Job, Long> deadlines = new HashMap<>();

    @GuardedBy("this")
    private int hanging;

    /**
     * @param shortest a decode may always take that long
     * @param timesExpected or this many times as long as such audio takes on the whole
     */
    Watchdog(Duration shortest, double timesExpected, LongSupplier nanoTime) {
        this.shortest = shortest;
        this.timesExpected = timesExpected;
        this.nanoTime = nanoTime;
    }

    /** @param speed seconds of speech decoded in a second; 0 if it is not known */
    Duration limit(double audioSeconds, double speed) {
        double expected = speed == 0 ? 0 : audioSeconds / speed;
        Duration limit = Duration.ofNanos((long) (timesExpected * expected * 1e9));
        return limit.compareTo(shortest) < 0 ? shortest : limit;
    }

    synchronized void begins(Job job, Duration limit) {
        deadlines.put(
                job, nanoTime.getAsLong() + limit.toNanos() + Math.max(SHORTEST_GRACE.toNanos(), limit.toNanos()));
    }

    synchronized void ends(Job job) {
        if (deadlines.remove(job) == null) {
            hanging--; // it came back after all
        }
    }

    /** Decodes that hang since the last time that this was asked. */
    synchronized List<Job> newlyHanging() {
        long now = nanoTime.getAsLong();
        List<Job> found = deadlines.entrySet().stream()
                .filter(entry -> now - entry.getValue() > 0)
                .map(Map.Entry::getKey)
                .toList();
        found.forEach(deadlines::remove);
        hanging += found.size();
        return found;
    }

    /** Whether a decode hangs; only a new process gets its state back. */
    synchronized boolean isHanging() {
        return hanging > 0;
    }
}
