package dev.june.stt.worker.room;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.testing.Setup;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.Utterances;
import dev.june.stt.worker.dispatch.WebhookDispatcher;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.TestDelivery;
import dev.june.stt.worker.recognition.Clips;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Models;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.tracing.Collector;
import dev.june.stt.worker.tracing.Collector.Received;
import dev.june.stt.worker.tracing.Traces;
import dev.june.stt.worker.vad.SileroDetector;
import dev.june.stt.worker.vad.SpeechDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.api.MessageInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The trace of an utterance, with real NATS, speech detection and Whisper, a real webhook receiver and a receiver of OTLP. */
class TraceIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");
    private static final Duration NEVER = Duration.ofDays(100_000);

    @TempDir
    Path folder;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Traces traces = Traces.open(new Traces.Sender("team-a", "meetings", "worker-1"), metrics, _ -> {});
    private final Queue<Post> posts = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Collector collector;
    private HttpServer receiver;
    private volatile int receiverAnswers = 204;
    private NatsServer server;
    private NatsLink nats;
    private Outbox outbox;

    private record Post(String traceparent, String body) {}

    @BeforeEach
    void start() throws Exception {
        collector = new Collector();
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            posts.add(new Post(exchange.getRequestHeaders().getFirst("traceparent"), body));
            exchange.sendResponseHeaders(receiverAnswers, -1);
            exchange.close();
        });
        receiver.start();
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        nats = NatsLink.open(new Delivery.Nats(server.url(), null, 1), folder.resolve("none"), "test");
        PipelineStreams streams = new PipelineStreams(SUBJECTS, delivery());
        PipelineOnNats.await(nats::isConnected);
        for (var stream : streams.streams()) {
            nats.management().addStream(stream);
        }
        for (var consumer : streams.consumers()) {
            nats.management().addOrUpdateConsumer(consumer.stream(), consumer.configuration());
        }
        nats.connection().keyValueManagement().create(streams.bucket());
        outbox = new Outbox(
                nats,
                SUBJECTS,
                new Numbering(new ExpiringKeys(nats, SUBJECTS.bucket()), Duration.ofHours(1), JSON),
                JSON,
                folder.resolve("spool"),
                1 << 24,
                metrics);
        open.add(outbox);
        open.add(dispatcher());
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        traces.close();
        nats.close();
        server.close();
        receiver.stop(0);
        collector.close();
    }

    @Test
    void anUtteranceIsOneTraceFromItsFirstSampleToTheAnswerOfTheReceiver() throws Exception {
        send(1, NEVER);
        String text;
        try (SpeechDetector.Factory detectors = SileroDetector.factory(Setup.path("silero.model"));
                Recognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            open.add(decodes(recognizer));
            for (SealedUtterance utterance : heard(detectors)) {
                assertThat(outbox.accept(utterance)).isTrue();
            }
            PipelineOnNats.await(() -> !posts.isEmpty());
            text = JSON.readTree(posts.element().body()).path("text").asString();
            awaitWholeTrace();
        }

        assertThat(collector.spans())
                .extracting(Received::trace)
                .containsOnly(named("utterance").getFirst().trace());
        assertThat(chain("vad")).containsExactly("vad", "utterance");
        assertThat(chain("endpoint")).containsExactly("endpoint", "utterance");
        Received utterance = named("utterance").getFirst();
        Received vad = named("vad").getFirst();
        Received endpoint = named("endpoint").getFirst();
        assertThat(Stream.of("utterance", "vad", "endpoint", "append", "decode", "publish", "webhook")
                        .map(name -> named(name).getFirst().start()))
                .isSorted();
        assertThat(utterance.end()).isEqualTo(endpoint.end());
        assertThat(endpoint.start()).isEqualTo(vad.end());
        assertThat(named("decode").getFirst().attributes())
                .containsEntry("stt.decode.outcome", "text")
                .containsKeys("stt.decode.queued_ms", "stt.decode.decoded_ms");
        assertThat(posts.element().traceparent())
                .isEqualTo("00-%s-%s-01"
                        .formatted(
                                utterance.trace(), named("webhook").getFirst().id()));
        assertThat(collector.spans()).noneMatch(Received::failed);

        assertThat(text.split(" ", -1)).as("words that were said: %s", text).hasSizeGreaterThan(2);
        for (byte[] sent : collector.bodies()) {
            assertThat(new String(sent, UTF_8)).doesNotContain(text, "daily", "ann");
        }
    }

    @Test
    void ofTracesThatWereNotDrawnTheOneThatFailsArrivesWhole() throws Exception {
        send(0, NEVER);
        open.add(decodes(new FakeRecognizer(request -> request.utteranceId().endsWith("2")
                ? new Recognition.Failed("loop", "the model repeats itself")
                : FakeRecognizer.text("hello"))));
        for (int i = 1; i <= 3; i++) {
            outbox.accept(HeardTrace.begin(Utterances.sealed("key-" + i, Utterances.tone(8_000))));
        }

        PipelineOnNats.await(() -> posts.size() == 3);
        awaitWholeTrace();
        assertThat(collector.spans())
                .extracting(Received::trace)
                .containsOnly(named("webhook").getFirst().trace());
        assertThat(named("decode").getFirst().failed()).isTrue();
        assertThat(named("decode").getFirst().attributes())
                .containsEntry("error.type", "loop")
                .containsEntry("stt.utterance.id", "TR_a-000002");
        MessageInfo dead = nats.management().getMessage(SUBJECTS.deadLettersStream(), 1);
        assertThat(dead.getHeaders().getFirst("traceparent"))
                .as("the dead letter belongs to the trace and says that it is kept")
                .matches("00-" + named("decode").getFirst().trace() + "-[0-9a-f]{16}-01");
        assertThat(posts.stream().map(post -> post.traceparent().substring(53)).sorted())
                .containsExactly("00", "00", "01");
    }

    @Test
    void anAttemptThatTheReceiverRefusesIsKeptAndTheNextStandsBesideIt() throws Exception {
        send(0, NEVER);
        receiverAnswers = 500;
        open.add(decodes(new FakeRecognizer(_ -> FakeRecognizer.text("hello"))));
        outbox.accept(HeardTrace.begin(Utterances.sealed("key-1", Utterances.tone(8_000))));
        PipelineOnNats.await(() -> !named("webhook").isEmpty());
        receiverAnswers = 204;

        PipelineOnNats.await(() -> named("webhook").stream().anyMatch(span -> !span.failed()));
        assertThat(named("webhook"))
                .extracting(Received::parent)
                .containsOnly(named("publish").getFirst().id());
        assertThat(named("webhook").getFirst().attributes()).containsEntry("error.type", "server_error");
        assertThat(named("webhook").getLast().attributes())
                .containsEntry(
                        "stt.webhook.attempt", Integer.toString(named("webhook").size()));
        awaitWholeTrace();
    }

    @Test
    void oneThatIsSlowArrivesWhole() throws Exception {
        send(0, Duration.ZERO);
        open.add(decodes(new FakeRecognizer(_ -> FakeRecognizer.text("hello"))));
        outbox.accept(HeardTrace.begin(Utterances.sealed("key-1", Utterances.tone(8_000))));
        awaitWholeTrace();
        assertThat(named("publish").getFirst().attributes()).containsEntry("stt.keep", "slow");
    }

    @Test
    void aCollectorThatNeverAnswersHarmsNoDelivery() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            traces.apply(new Traces.Settings("http://127.0.0.1:" + deaf.getLocalPort(), 1, NEVER));
            open.add(decodes(new FakeRecognizer(_ -> FakeRecognizer.text("hello"))));
            int utterances = 400;
            for (int i = 1; i <= utterances; i++) {
                outbox.accept(HeardTrace.begin(Utterances.sealed("key-" + i, Utterances.tone(160))));
            }
            PipelineOnNats.await(() -> posts.size() == utterances);
            assertThat(metrics.get("stt_trace_spans_total")
                            .tag("outcome", "sent")
                            .counter()
                            .count())
                    .isZero();
        }
    }

    private void send(double ratio, Duration slowerThan) {
        traces.apply(new Traces.Settings(collector.endpoint(), ratio, slowerThan));
    }

    private static List<SealedUtterance> heard(SpeechDetector.Factory detectors) throws InterruptedException {
        try (PlayedTrack played = new PlayedTrack(detectors)) {
            played.hear(Clips.shortOnes(1).getFirst().samples());
            played.hear(new short[32_000]);
            assertThat(played.sealed).hasSize(1);
            return played.sealed;
        }
    }

    /** Spans end in any order: the decode's only when its utterance is acked, which may be after the post. */
    private void awaitWholeTrace() throws Exception {
        PipelineOnNats.await(() -> !named("webhook").isEmpty()
                && chain("webhook").equals(List.of("webhook", "publish", "decode", "append", "utterance")));
    }

    private List<Received> named(String name) {
        return collector.spans().stream()
                .filter(span -> span.name().equals(name))
                .toList();
    }

    /** Names from the first span of a name up to its root. */
    private List<String> chain(String name) {
        Map<String, Received> byId = collector.spans().stream().collect(Collectors.toMap(Received::id, span -> span));
        List<String> names = new ArrayList<>();
        for (@Nullable Received at = named(name).getFirst(); at != null; at = byId.get(at.parent())) {
            names.add(at.name());
        }
        return names;
    }

    private DecodeLoop decodes(Recognizer recognizer) {
        DecodeLoop decodes = new DecodeLoop(TestDelivery.decoding(nats, SUBJECTS, recognizer, metrics));
        outbox.serve(decodes);
        return decodes;
    }

    private WebhookDispatcher dispatcher() throws Exception {
        Path keys = Files.createDirectories(folder.resolve("webhook"));
        Files.writeString(keys.resolve("current"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        return new WebhookDispatcher(new WebhookDispatcher.Parts(
                nats,
                SUBJECTS,
                () -> new WebhookDispatcher.Settings(1, webhook()),
                () -> nats.bucket(SUBJECTS.bucket()),
                keys,
                null,
                SSLContext.getDefault(),
                () -> {},
                JSON,
                Clock.systemUTC(),
                metrics));
    }

    private Delivery.Webhook webhook() {
        return new Delivery.Webhook(
                "http://127.0.0.1:" + receiver.getAddress().getPort() + "/",
                new SecretRef("webhook"),
                new KubeDuration("15s"),
                1_000,
                List.of(new KubeDuration("500ms")),
                new Delivery.CircuitBreaker(100, 1_000, new KubeDuration("1s")),
                true);
    }

    private Delivery delivery() {
        return new Delivery(
                new Delivery.Nats("nats://unused:1", null, 1),
                webhook(),
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
