package dev.june.stt.operator.streams;

import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Sees whether a consumer gives out what waits: messages are pending, workers wait for one, and the server hands out none. Owns what
 * was seen of each consumer before, one for each stream that is looked at. Any thread; one look at a stream at a time.
 */
final class StuckConsumers {
    private final Map<String, Flow> flows = new ConcurrentHashMap<>();
    private final Duration patience;
    private final LongSupplier nanoTime;

    StuckConsumers(Duration patience, LongSupplier nanoTime) {
        this.patience = patience;
        this.nanoTime = nanoTime;
    }

    /** How far deliveries had come, and since when they have not gone on although they could. */
    private record Flow(long delivered, long sinceNanos) {}

    boolean isStuck(String stream, ConsumerInfo consumer) {
        return isStuck(
                stream,
                consumer.getNumPending(),
                consumer.getNumWaiting(),
                consumer.getDelivered().getConsumerSequence());
    }

    boolean isStuck(String stream, long pending, long pulls, long delivered) {
        long now = nanoTime.getAsLong();
        Flow before = flows.get(stream);
        if (pending == 0 || pulls == 0 || before == null || before.delivered != delivered) {
            flows.put(stream, new Flow(delivered, now));
            return false;
        }
        return now - before.sinceNanos >= patience.toNanos();
    }

    void forget(String stream) {
        flows.remove(stream);
    }
}
