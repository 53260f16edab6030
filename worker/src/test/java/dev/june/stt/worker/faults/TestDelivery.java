package dev.june.stt.worker.faults;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.recognition.Recognizer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Delivery settings for tests, and what a decode loop needs beside them. */
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

    /** A decode loop of {@code worker-1}, with nothing that was begun before and no limits that play a part. */
    public static DecodeLoop.Parts decoding(
            NatsLink nats, Subjects subjects, Recognizer recognizer, MeterRegistry metrics) {
        JsonMapper json = JsonMapper.shared();
        return new DecodeLoop.Parts(
                nats,
                subjects,
                json,
                new TranscriptStore(nats, subjects, json, Clock.systemUTC()),
                new Speculations(),
                () -> recognizer,
                _ -> new DecodeLoop.Decoding(List.of(), List.of(), 5, Duration.ofSeconds(30)),
                new Ledger(metrics),
                Clock.systemUTC(),
                "worker-1",
                metrics,
                (_, _) -> {});
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
