package dev.june.stt.operator.health;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether what the API server shows when it is read also arrives by a watch. The object is one that changes all the time: the Lease,
 * which whoever leads renews every two seconds. A watch can die without a word; this is how that is noticed. Any thread.
 */
final class Canary {
    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private String read = "";

    @GuardedBy("this")
    private String heard = "";

    @GuardedBy("this")
    private long heardAtNanos;

    Canary(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.heardAtNanos = nanoTime.getAsLong();
    }

    /** The object's version by reading. */
    synchronized void read(String version) {
        read = version;
    }

    /** The object's version by watching. */
    synchronized void heard(String version) {
        heard = version;
        heardAtNanos = nanoTime.getAsLong();
    }

    /** How long nothing has been heard although something changed; zero while nothing did. */
    synchronized Duration deaf() {
        return read.equals(heard) ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - heardAtNanos);
    }
}
