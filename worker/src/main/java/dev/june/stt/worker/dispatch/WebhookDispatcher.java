package dev.june.stt.worker.dispatch;

import dev.june.stt.config.Delivery;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DeadLetters;
import dev.june.stt.worker.delivery.NatsLink;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Posts every stored transcript, finals and voids, to the webhook's receiver, at least once and always under the same {@code webhook-id}.
 * New transcripts come from the TRANSCRIPTS stream, those whose next attempt is due from the RETRY stream; the pool shares both consumers.
 * Follows the configuration by itself: without a webhook it does nothing. One virtual thread for each stream, one for each participant
 * that has something in flight.
 */
public final class WebhookDispatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WebhookDispatcher.class);

    /** Transcripts in hand at most; with a receiver that takes 200 ms these are more than 1,000 a second. */
    private static final int IN_HAND = 256;

    private static final int RETRIES_IN_HAND = 64;

    /** Deliveries that wait for their next attempt, over the pool; then no more new transcripts are taken. */
    private static final long MAX_PARKED = 100_000;

    /** Well within the time that the server waits for an ack. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    private final NatsLink nats;
    private final Subjects subjects;
    private final Lanes lanes = new Lanes();
    private final Held held = new Held();
    private final WebhookClient client;
    private final Gate gate;
    private final DispatchMetrics metrics;
    private final List<Intake> intakes;
    private final Thread heartbeat;

    /**
     * What of the configuration matters here.
     *
     * @param generation of the configuration
     * @param webhook absent: transcripts are read from NATS alone
     */
    public record Settings(long generation, Delivery.@Nullable Webhook webhook) {}

    /**
     * Everything it works with.
     *
     * @param settings of the configuration that runs
     * @param bucket the pipeline's KV bucket
     * @param signingKeys folder of the mounted Secret
     * @param signingKey a key from the environment, for a worker that is run by hand
     * @param tls whose certificates are trusted
     * @param missing called when a stream or consumer is not there
     */
    public record Parts(
            NatsLink nats,
            Subjects subjects,
            Supplier<Settings> settings,
            Supplier<KeyValue> bucket,
            Path signingKeys,
            @Nullable String signingKey,
            SSLContext tls,
            MissingStreams missing,
            JsonMapper json,
            Clock clock,
            MeterRegistry metrics) {}

    public WebhookDispatcher(Parts parts) {
        this.nats = parts.nats();
        this.subjects = parts.subjects();
        this.metrics = new DispatchMetrics(parts.metrics());
        this.client = new WebhookClient(parts.clock(), IN_HAND + RETRIES_IN_HAND, parts.tls());
        this.gate = new Gate(
                parts.settings(),
                parts.bucket(),
                new SigningKeys(parts.signingKeys(), parts.signingKey()),
                parts.json(),
                parts.clock(),
                parts.metrics());
        Circuit circuit = new Circuit(parts.metrics());
        Courier courier = new Courier(
                gate,
                circuit,
                client,
                new Retries(nats, subjects),
                new DeadLetters(nats, subjects, parts.clock(), parts.metrics()),
                subjects,
                parts.clock(),
                metrics);
        this.intakes = List.of(
                intake(subjects.transcriptsStream(), circuit, courier, parts.missing(), IN_HAND, this::mayPark),
                intake(subjects.retryStream(), circuit, courier, parts.missing(), RETRIES_IN_HAND, () -> true));
        this.heartbeat = Thread.ofVirtual().name("webhook-heartbeat").start(this::beat);
        intakes.forEach(Intake::start);
    }

    /**
     * Pulls nothing more and finishes what is in flight. What is left is given to another worker by the server.
     *
     * @return whether nothing is left
     */
    public boolean drain(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        intakes.forEach(Intake::stop);
        boolean idle = true;
        for (Intake intake : intakes) {
            idle &= intake.awaitIdle(end);
        }
        return idle;
    }

    /** Until it drains or is closed. */
    boolean isPulling() {
        return intakes.stream().anyMatch(Intake::isPulling);
    }

    @Override
    public void close() {
        intakes.forEach(Intake::interrupt);
        heartbeat.interrupt();
        lanes.close();
        client.close();
    }

    private Intake intake(
            String stream,
            Circuit circuit,
            Courier courier,
            MissingStreams missing,
            int capacity,
            BooleanSupplier mayTake) {
        return new Intake(
                nats, stream, subjects.webhook(), gate, circuit, lanes, courier, held, missing, capacity, mayTake);
    }

    private boolean mayPark() {
        return metrics.waiting() < MAX_PARKED;
    }

    private void beat() {
        try {
            while (true) {
                Thread.sleep(HEARTBEAT);
                try {
                    held.stillInWork();
                    if (gate.endpoint().isPresent() && nats.isConnected()) {
                        metrics.waiting(nats.management()
                                .getStreamInfo(subjects.retryStream())
                                .getStreamState()
                                .getMsgCount());
                    }
                } catch (IOException | JetStreamApiException | IllegalStateException e) {
                    log.debug("the webhook's retries cannot be counted now ({})", e.toString());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
