package dev.june.stt.worker.dispatch;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.SigningKey;
import java.net.URI;
import java.util.List;

/**
 * Where to deliver, and how.
 *
 * @param generation of the configuration that says so
 */
record Endpoint(long generation, Delivery.Webhook webhook, URI address, List<SigningKey> keys) {
    Endpoint {
        keys = List.copyOf(keys);
    }

    /** Whether both are the same address under the same configuration, whatever they sign with. */
    boolean isSameReceiver(Endpoint other) {
        return generation == other.generation && address.equals(other.address);
    }
}
