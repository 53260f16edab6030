package dev.june.stt.worker.access;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;

/** Delivery settings for tests. */
public final class TestDelivery {
    private TestDelivery() {}

    public static Delivery settings() {
        return new Delivery(
                new Delivery.Nats("nats://unused:1", null, 1),
                null,
                new KubeDuration("1h"),
                new KubeDuration("1h"),
                new KubeDuration("2m"),
                1 << 28,
                5,
                new KubeDuration("30s"),
                1 << 24,
                Delivery.StreamDeletionPolicy.RETAIN);
    }
}
