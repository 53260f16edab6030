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
}
