package dev.june.stt.worker.dispatch;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.CloudEvent;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.TestDelivery;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.json.JsonMapper;

/** A real NATS server with a pipeline's streams, and dispatchers that work on them. */
final class DispatchRig implements AutoCloseable {
    static final Subjects SUBJECTS = new Subjects("team-a", "meetings");
    static final String KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static final String OTHER_KEY = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    private static final JsonMapper JSON = JsonMapper.shared();

    final NatsServer server;
    final NatsLink nats;
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final Path keys;
    private final AtomicReference<WebhookDispatcher.Settings> settings;
    private final PipelineOnNats pipeline;
    private final List<AutoCloseable> open = new ArrayList<>();

    DispatchRig(Path folder, Delivery.Webhook webhook) throws Exception {
        keys = Files.createDirectories(folder.resolve("webhook"));
        Files.writeString(keys.resolve("current"), KEY);
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        pipeline = new PipelineOnNats(server.url(), TestDelivery.settings(webhook), folder);
        nats = pipeline.nats();
        settings = new AtomicReference<>(new WebhookDispatcher.Settings(1, webhook));
    }

    /** Gives out again sooner what nobody acked. */
    void ackWait(Duration wait) throws IOException, JetStreamApiException {
        nats.management()
                .addOrUpdateConsumer(
                        SUBJECTS.transcriptsStream(),
                        ConsumerConfiguration.builder(pipeline.shape.webhook())
                                .ackWait(wait)
                                .build());
    }

    /** From now on this is the configuration that runs. */
    void configure(long generation, Delivery.Webhook webhook) {
        settings.set(new WebhookDispatcher.Settings(generation, webhook));
    }

    NatsLink link() throws InterruptedException {
        NatsLink link = NatsLink.open(new Delivery.Nats(server.url(), null, 1), keys, "test");
        open.add(link);
        return link;
    }

    WebhookDispatcher dispatcher() throws Exception {
        return dispatcher(nats);
    }

    WebhookDispatcher dispatcher(NatsLink link) throws Exception {
        WebhookDispatcher dispatcher = new WebhookDispatcher(new WebhookDispatcher.Parts(
                link,
                SUBJECTS,
                settings::get,
                () -> link.bucket(SUBJECTS.bucket()),
                keys,
                null,
                SSLContext.getDefault(),
                () -> {},
                JSON,
                Clock.systemUTC(),
                metrics));
        open.add(dispatcher);
        return dispatcher;
    }

    /** @return the payload */
    byte[] publishFinal(String participant, long sequence) throws IOException, JetStreamApiException {
        String id = utterance(participant, sequence);
        Transcript.Final transcript = new Transcript.Final(
                id,
                origin(participant),
                sequence,
                "hello " + sequence,
                new Transcript.Language("en", null, Transcript.Language.Source.DECLARED),
                List.of(new Transcript.Word("hello", 0.1, 0.4, 0.9)),
                new Transcript.Speech("2026-11-24T12:00:00Z", "2026-11-24T12:00:01Z", 0.1, 1.1),
                EndReason.SILENCE,
                "base-q5_1",
                new Transcript.Confidence(-0.2, null, 0.9),
                new Transcript.Latency(600, 0, 300, 900),
                1,
                "worker-1",
                "");
        byte[] payload = JSON.writeValueAsBytes(
                CloudEvent.of(CloudEvent.FINAL, id, origin(participant), Instant.now(), transcript));
        publish(SUBJECTS.finalOf("daily", participant, id), id, payload);
        return payload;
    }

    void publishVoid(String participant, long sequence) throws IOException, JetStreamApiException {
        String id = utterance(participant, sequence);
        Transcript.Voided transcript = new Transcript.Voided(
                id,
                origin(participant),
                sequence,
                Transcript.Outcome.EMPTY,
                "no_words",
                new Transcript.Speech("2026-11-24T12:00:00Z", "2026-11-24T12:00:01Z", 0.1, 1.1),
                EndReason.SILENCE,
                1,
                "worker-1",
                "");
        publish(
                SUBJECTS.voidOf("daily", participant, id),
                id,
                JSON.writeValueAsBytes(
                        CloudEvent.of(CloudEvent.VOID, id, origin(participant), Instant.now(), transcript)));
    }

    void publish(String subject, String id, byte[] payload) throws IOException, JetStreamApiException {
        nats.jetStream()
                .publish(NatsMessage.builder()
                        .subject(subject)
                        .headers(new Headers().add("Nats-Msg-Id", id))
                        .data(payload)
                        .build());
    }

    static String utterance(String participant, long sequence) {
        return "TR_%s-%06d".formatted(participant, sequence);
    }

    static String webhookId(String participant, long sequence) {
        return "team-a:meetings:" + utterance(participant, sequence);
    }

    private static Origin origin(String participant) {
        return new Origin(
                "team-a",
                "meetings",
                "daily",
                new Origin.Participant(participant, "PA_" + participant),
                "TR_" + participant);
    }

    // Receivers have a minute: a slow machine is no slow receiver.

    static Delivery.Webhook webhook(String url) {
        return webhook(url, 10, "0s");
    }

    static Delivery.Webhook webhook(String url, boolean allowPrivateAddresses) {
        return new Delivery.Webhook(
                url,
                new SecretRef("webhook"),
                new KubeDuration("60s"),
                10,
                List.of(new KubeDuration("0s")),
                new Delivery.CircuitBreaker(50, 20, new KubeDuration("1s")),
                allowPrivateAddresses);
    }

    static Delivery.Webhook webhook(String url, int maxAttempts, String... backoff) {
        return new Delivery.Webhook(
                url,
                new SecretRef("webhook"),
                new KubeDuration("60s"),
                maxAttempts,
                List.of(backoff).stream().map(KubeDuration::new).toList(),
                new Delivery.CircuitBreaker(100, 1_000, new KubeDuration("1s")),
                true);
    }

    long messages(String stream) throws IOException, JetStreamApiException {
        return pipeline.messages(stream);
    }

    ConsumerInfo consumer() throws IOException, JetStreamApiException {
        return nats.management().getConsumerInfo(SUBJECTS.transcriptsStream(), SUBJECTS.webhook());
    }

    /** Every transcript was delivered, parked and delivered, or set aside. */
    boolean isDone() throws IOException, JetStreamApiException {
        long last = nats.management()
                .getStreamInfo(SUBJECTS.transcriptsStream())
                .getStreamState()
                .getLastSequence();
        ConsumerInfo info = consumer(); // its figures may be a moment behind the stream's, but for where it is
        return info.getDelivered().getStreamSequence() == last
                && info.getNumAckPending() == 0
                && messages(SUBJECTS.retryStream()) == 0;
    }

    double attempts(Answer.Kind outcome) {
        return metrics.counter("stt_webhook_attempts_total", "outcome", outcome.label())
                .count();
    }

    boolean gauge(String name, String tag, String value) {
        return metrics.get(name).tag(tag, value).gauges().stream().anyMatch(gauge -> gauge.value() == 1);
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        pipeline.close();
        server.close();
    }
}
