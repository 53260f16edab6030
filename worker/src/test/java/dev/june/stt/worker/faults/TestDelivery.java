package dev.june.stt.worker.faults;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Delivery settings for tests. */
public final class TestDelivery {
    private static final Duration WINDOW = Duration.ofMinutes(2);

    private TestDelivery() {}

    public static Delivery settings() {
        return settings(null);
    }

    public static Delivery settings(Delivery.@Nullable Webhook webhook) {
        return settings(1, webhook, WINDOW, 5, Duration.ofSeconds(30));
    }

    public static Delivery settings(int maxDeliver, Duration ackWait) {
        return settings(1, null, WINDOW, maxDeliver, ackWait);
    }

    /** @param window how long the server remembers message ids */
    static Delivery settings(int replicas, Duration window, int maxDeliver, Duration ackWait) {
        return settings(replicas, null, window, maxDeliver, ackWait);
    }

    private static Delivery settings(
            int replicas, Delivery.@Nullable Webhook webhook, Duration window, int maxDeliver, Duration ackWait) {
        return new Delivery(
                new Delivery.Nats("nats://unused:1", null, replicas),
                webhook,
                new KubeDuration("1h"),
                new KubeDuration("1h"),
                new KubeDuration(window.toMillis() + "ms"),
                1 << 28,
                maxDeliver,
                new KubeDuration(ackWait.toMillis() + "ms"),
                1 << 24,
                Delivery.StreamDeletionPolicy.RETAIN);
    }
}
