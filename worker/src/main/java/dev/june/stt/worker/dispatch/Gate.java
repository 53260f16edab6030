package dev.june.stt.worker.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.SigningKey;
import dev.june.stt.config.WebhookGone;
import dev.june.stt.transcript.Keys;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether anything may be posted at all, and where. Shut while there is no webhook, nothing to sign with, no usable address, or a receiver
 * that said it is gone; transcripts wait in their stream meanwhile and no attempt is counted. The last usable keys stay in use when the
 * Secret is spoilt. {@link #look} reads the keys and the bucket and is for the threads that pull; what it saw is there for all.
 */
final class Gate {
    private static final Logger log = LoggerFactory.getLogger(Gate.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final Supplier<WebhookDispatcher.Settings> settings;
    private final Supplier<KeyValue> bucket;
    private final SigningKeys secret;
    private final JsonMapper json;
    private final Clock clock;
    private volatile State state = new Shut(Reason.NO_WEBHOOK, "");

    @GuardedBy("this")
    private @Nullable List<SigningKey> lastKeys;

    @GuardedBy("this")
    private String keyProblem = "";

    @GuardedBy("this")
    private long lookedAtNanos = System.nanoTime() - PERIOD.toNanos();

    private sealed interface State {}

    private record Open(Endpoint endpoint) implements State {}

    private record Shut(Reason reason, String message) implements State {}

    /** Label values. */
    private enum Reason {
        NO_WEBHOOK,
        NO_SIGNING_KEY,
        UNUSABLE_URL,
        GONE
    }

    Gate(
            Supplier<WebhookDispatcher.Settings> settings,
            Supplier<KeyValue> bucket,
            SigningKeys secret,
            JsonMapper json,
            Clock clock,
            MeterRegistry metrics) {
        this.settings = settings;
        this.bucket = bucket;
        this.secret = secret;
        this.json = json;
        this.clock = clock;
        for (Reason reason : Reason.values()) {
            Gauge.builder(
                            "stt_webhook_stopped",
                            this,
                            gate -> gate.state instanceof Shut shut && shut.reason() == reason ? 1 : 0)
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .description("1 while nothing is posted to the webhook's receiver, and why")
                    .register(metrics);
        }
    }

    /** What the last look saw. */
    Optional<Endpoint> endpoint() {
        return state instanceof Open(var endpoint) ? Optional.of(endpoint) : Optional.empty();
    }

    /** Looks anew, at most once a second. */
    synchronized Optional<Endpoint> look() {
        if (System.nanoTime() - lookedAtNanos < PERIOD.toNanos()) {
            return endpoint();
        }
        lookedAtNanos = System.nanoTime();
        State now = see();
        if (now instanceof Shut shut && !now.equals(state) && shut.reason() != Reason.NO_WEBHOOK) {
            log.error("nothing is posted to the webhook's receiver until this is mended: {}", shut.message());
        } else if (now instanceof Open && state instanceof Shut) {
            log.info("transcripts are posted to the webhook's receiver");
        }
        state = now;
        return endpoint();
    }

    /** The receiver answered 410: for the whole pool, until the configuration is another one. */
    synchronized void gone(Endpoint endpoint) {
        if (endpoint().filter(endpoint::isSameReceiver).isEmpty()) {
            return; // said already, or asked under a configuration that has passed
        }
        WebhookGone gone = new WebhookGone(
                endpoint.webhook().url(), endpoint.generation(), clock.instant().toString());
        state = shut(gone);
        try {
            bucket.get().put(Keys.WEBHOOK_GONE, json.writeValueAsBytes(gone));
            log.error("{}", ((Shut) state).message());
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("that the webhook's receiver is gone is not written; it will be asked again ({})", e.toString());
        }
    }

    @GuardedBy("this")
    private State see() {
        WebhookDispatcher.Settings current = settings.get();
        Delivery.Webhook webhook = current.webhook();
        if (webhook == null) {
            return new Shut(Reason.NO_WEBHOOK, "");
        }
        Optional<WebhookGone> gone = readGone().filter(marker -> marker.holds(webhook.url(), current.generation()));
        if (gone.isPresent()) {
            return shut(gone.get());
        }
        try {
            URI address = URI.create(webhook.url());
            if (address.getHost() == null) {
                return new Shut(Reason.UNUSABLE_URL, "spec.delivery.webhook.url: expected a host, got none");
            }
            return new Open(new Endpoint(current.generation(), webhook, address, keys()));
        } catch (SigningKeys.UnusableKeys e) {
            return new Shut(Reason.NO_SIGNING_KEY, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return new Shut(Reason.UNUSABLE_URL, "spec.delivery.webhook.url: " + e.getMessage());
        }
    }

    @GuardedBy("this")
    private List<SigningKey> keys() {
        try {
            List<SigningKey> read = secret.read();
            lastKeys = read;
            keyProblem = "";
            return read;
        } catch (SigningKeys.UnusableKeys e) {
            if (lastKeys == null) {
                throw e;
            }
            if (!String.valueOf(e.getMessage()).equals(keyProblem)) { // once, not every second
                keyProblem = String.valueOf(e.getMessage());
                log.error("the webhook's signing keys cannot be used, the last good ones stay: {}", keyProblem);
            }
            return lastKeys;
        }
    }

    private Optional<WebhookGone> readGone() {
        try {
            KeyValueEntry entry = bucket.get().get(Keys.WEBHOOK_GONE);
            byte[] value = entry == null ? null : entry.getValue();
            return value == null ? Optional.empty() : Optional.of(json.readValue(value, WebhookGone.class));
        } catch (IOException | JetStreamApiException | IllegalStateException | JacksonException e) {
            log.debug("whether the webhook's receiver is gone cannot be read now ({})", e.toString());
            return Optional.empty();
        }
    }

    private static Shut shut(WebhookGone gone) {
        return new Shut(
                Reason.GONE,
                "the receiver answered 410 at " + gone.since()
                        + "; transcripts wait until spec.delivery.webhook or another setting changes");
    }
}
