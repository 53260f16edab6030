package dev.june.stt.worker.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class CircuitTest {
    private final Circuit circuit = new Circuit(new SimpleMeterRegistry());

    @Test
    void opensAtTheShareOfFailuresOverTheWindow() {
        circuit.follow(endpoint("https://a.example", 4));
        attempt(true);
        attempt(true);
        attempt(false);
        assertThat(circuit.isClosed()).isTrue();
        attempt(false);
        assertThat(circuit.isClosed()).isFalse();
        assertThat(circuit.enter()).isEmpty();
    }

    @Test
    void anAttemptThatWasNotMadeCountsAsNothing() {
        circuit.follow(endpoint("https://a.example", 2));
        for (int i = 0; i < 10; i++) {
            circuit.enter().orElseThrow().close();
        }
        attempt(true);
        assertThat(circuit.isClosed()).isTrue();
    }

    @Test
    void anotherReceiverOrOtherSettingsBeginWithAClosedOne() {
        open(endpoint("https://a.example", 2));
        circuit.follow(endpoint("https://a.example", 2));
        assertThat(circuit.isClosed()).isFalse();
        circuit.follow(endpoint("https://b.example", 2));
        assertThat(circuit.isClosed()).isTrue();

        open(endpoint("https://b.example", 2));
        circuit.follow(endpoint("https://b.example", 3));
        assertThat(circuit.isClosed()).isTrue();
    }

    private void open(Endpoint endpoint) {
        circuit.follow(endpoint);
        attempt(false);
        attempt(false);
        assertThat(circuit.isClosed()).isFalse();
    }

    private void attempt(boolean delivered) {
        try (Circuit.Pass pass = circuit.enter().orElseThrow()) {
            pass.ended(delivered);
        }
    }

    private static Endpoint endpoint(String url, int window) {
        Delivery.Webhook webhook = new Delivery.Webhook(
                url,
                new SecretRef("webhook"),
                new KubeDuration("15s"),
                10,
                List.of(new KubeDuration("5s")),
                new Delivery.CircuitBreaker(50, window, new KubeDuration("10m")),
                false);
        return new Endpoint(1, webhook, URI.create(url), List.of());
    }
}
