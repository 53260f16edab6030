package dev.june.stt.worker.delivery;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.june.stt.access.Scope;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import dev.june.stt.streams.NatsRole;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.access.Door;
import dev.june.stt.worker.dispatch.WebhookDispatcher;
import dev.june.stt.worker.faults.TestDelivery;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A real NATS server whose users may do what {@link NatsRole} says: the worker can work with it, and nobody can do more. */
class NatsRolesIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");
    private static final Subjects OTHERS = new Subjects("team-b", "meetings");
    private static final NatsRole OPERATOR = NatsRole.operator(SUBJECTS);
    private static final NatsRole WORKER = NatsRole.worker(SUBJECTS);
    private static final NatsRole READER = NatsRole.reader(SUBJECTS, List.of("archive"));

    @TempDir
    Path folder;

    private final Set<String> posted = ConcurrentHashMap.newKeySet();
    private final List<AutoCloseable> open = new ArrayList<>();
    private NatsServer server;
    private HttpServer receiver;
    private PipelineStreams streams;

    @BeforeEach
    void start() throws Exception {
        Path own = Files.createDirectories(folder.resolve("nats"));
        List<NatsRole> roles = List.of(OPERATOR, WORKER, READER, NatsRole.operator(OTHERS), NatsRole.worker(OTHERS));
        String passwords = roles.stream()
                .map(role -> role.passwordVariable() + ": \"of " + role.name() + "\"\n")
                .collect(Collectors.joining());
        server = new NatsServer(own, NatsServer.jetStream(own) + passwords + NatsRole.authorization(roles));
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            posted.add(exchange.getRequestHeaders().getFirst("webhook-id"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        streams = new PipelineStreams(SUBJECTS, delivery());
        NatsLink operator = link(OPERATOR, Subjects.OPERATOR_INBOX);
        for (var stream : streams.streams()) {
            operator.management().addStream(stream);
        }
        operator.management().addStream(streams.bucket().getBackingConfig());
        for (var consumer : streams.consumers()) {
            operator.management().addOrUpdateConsumer(consumer.stream(), consumer.configuration());
        }
        operator.bucket(SUBJECTS.bucket()).create(Keys.CONFIG, "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(operator.connection().getLastError()).isNullOrEmpty();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        receiver.stop(0);
        server.close();
    }

    @Test
    void aWorkerDoesAllItsWorkAndIsRefusedNothing() throws Exception {
        NatsLink nats = link(WORKER, SUBJECTS.inbox("worker"));
        Outbox outbox = worker(nats);
        dispatcher(nats);
        for (int i = 1; i <= 5; i++) {
            outbox.accept(utterance(i));
        }
        await(() -> posted.size() >= 4 && messages(nats, SUBJECTS.deadLettersStream()) == 1);
        await(() -> messages(nats, SUBJECTS.utterancesStream()) == 0);

        Door door = keep(new Door(folder.resolve("access"), nats, SUBJECTS));
        String key = door.admit("on-call", Scope.values()).token();
        await(() -> door.get("/v1/deadletters", key).statusCode() == 200);
        assertThat(door.get("/v1/deadletters", key).body()).contains("TR_a-000005");
        assertThat(door.post("/v1/deadletters/1/replay", key, "{}").statusCode())
                .isEqualTo(200);
        await(() -> messages(nats, SUBJECTS.deadLettersStream()) == 1 && lastDead(nats) == 2);

        nats.bucket(SUBJECTS.bucket()).put(Keys.worker("worker-1"), "{}");
        assertThat(nats.bucket(SUBJECTS.bucket()).get(Keys.CONFIG).getValueAsString())
                .isEqualTo("{}");
        nats.bucket(SUBJECTS.bucket()).delete(Keys.worker("worker-1"));
        assertThat(nats.connection().getLastError()).isNullOrEmpty();
    }

    @Test
    void aWorkerManagesNothingAndReachesNoOtherPipeline() throws Exception {
        Connection worker = link(WORKER, SUBJECTS.inbox("worker")).connection();
        for (String stream : List.of(SUBJECTS.transcriptsStream(), SUBJECTS.utterancesStream(), "KV_team-a_meetings")) {
            for (String verb : List.of("CREATE", "UPDATE", "DELETE", "PURGE")) {
                assertPublishIsRefused(worker, "$JS.API.STREAM." + verb + "." + stream);
            }
        }
        assertPublishIsRefused(worker, "$JS.API.STREAM.MSG.DELETE." + SUBJECTS.transcriptsStream());
        assertPublishIsRefused(worker, "$JS.API.CONSUMER.DELETE." + SUBJECTS.utterancesStream() + ".decoders");
        assertPublishIsRefused(worker, "$KV." + SUBJECTS.bucket() + "." + Keys.CONFIG);
        assertPublishIsRefused(worker, OTHERS.utterance("room", "ann"));
        assertPublishIsRefused(worker, OTHERS.finalOf("room", "ann", "TR_1"));
        assertPublishIsRefused(worker, "$JS.API.STREAM.MSG.GET." + OTHERS.transcriptsStream());
        assertPublishIsRefused(worker, "$KV." + OTHERS.bucket() + "." + Keys.room("room"));
        assertSubscribeIsRefused(worker, OTHERS.finals());
        assertSubscribeIsRefused(worker, OTHERS.inbox("worker") + ".>");
        assertSubscribeIsRefused(worker, Subjects.OPERATOR_INBOX + ".>");
        assertSubscribeIsRefused(worker, "_INBOX.>");
        assertSubscribeIsRefused(worker, ">");
    }

    @Test
    void aReaderReadsAndWritesNothing() throws Exception {
        NatsLink worker = link(WORKER, SUBJECTS.inbox("worker"));
        NatsLink reader = link(READER, SUBJECTS.inbox("reader"));
        var live = reader.connection().subscribe(SUBJECTS.finals());
        reader.connection().flush(Duration.ofSeconds(30));
        worker(worker).accept(utterance(1));
        assertThat(live.nextMessage(Duration.ofSeconds(60))).isNotNull();
        String subject = SUBJECTS.finalOf("daily", "ann", "TR_a-000001");
        assertThat(reader.management()
                        .getLastMessage(SUBJECTS.transcriptsStream(), subject)
                        .getData())
                .isNotEmpty();
        assertThat(reader.connection().getLastError()).isNullOrEmpty();

        Connection nats = reader.connection();
        assertPublishIsRefused(nats, SUBJECTS.finalOf("daily", "ann", "TR_a-000002"));
        assertPublishIsRefused(nats, SUBJECTS.utterance("daily", "ann"));
        assertPublishIsRefused(nats, SUBJECTS.partial("daily", "ann"));
        assertPublishIsRefused(nats, "$JS.API.CONSUMER.CREATE." + SUBJECTS.transcriptsStream() + ".mine");
        assertPublishIsRefused(nats, "$JS.API.CONSUMER.MSG.NEXT." + SUBJECTS.transcriptsStream() + ".webhook");
        assertPublishIsRefused(nats, "$JS.ACK." + SUBJECTS.transcriptsStream() + ".webhook.1.1.1.1.0");
        assertPublishIsRefused(nats, "$JS.API.STREAM.MSG.GET." + SUBJECTS.deadLettersStream());
        assertPublishIsRefused(nats, "$JS.API.STREAM.MSG.GET." + SUBJECTS.utterancesStream());
        assertPublishIsRefused(nats, "$JS.API.STREAM.DELETE." + SUBJECTS.transcriptsStream());
        assertSubscribeIsRefused(nats, SUBJECTS.utterances());
        assertSubscribeIsRefused(nats, SUBJECTS.deadLetters());
        assertSubscribeIsRefused(nats, SUBJECTS.inbox("worker") + ".>");
        assertThat(messages(worker, SUBJECTS.transcriptsStream())).isEqualTo(1);
    }

    @Test
    void anOperatorManagesAndSaysNothingInAWorkersName() throws Exception {
        Connection operator = link(OPERATOR, Subjects.OPERATOR_INBOX).connection();
        assertPublishIsRefused(operator, SUBJECTS.finalOf("room", "ann", "TR_1"));
        assertPublishIsRefused(operator, SUBJECTS.utterance("room", "ann"));
        assertPublishIsRefused(operator, "$JS.API.CONSUMER.MSG.NEXT." + SUBJECTS.utterancesStream() + ".decoders");
        assertPublishIsRefused(operator, "$JS.API.STREAM.MSG.GET." + SUBJECTS.transcriptsStream());
        assertPublishIsRefused(operator, "$JS.API.STREAM.DELETE." + OTHERS.transcriptsStream());
        assertSubscribeIsRefused(operator, SUBJECTS.finals());
        assertSubscribeIsRefused(operator, SUBJECTS.inbox("worker") + ".>");
    }

    /** The server answers a refusal before the ping that follows it. */
    private static void assertPublishIsRefused(Connection connection, String subject) throws Exception {
        connection.clearLastError();
        connection.publish(subject, "{}".getBytes(StandardCharsets.UTF_8));
        assertRefused(connection, "publish to \"" + subject + "\"");
    }

    private static void assertSubscribeIsRefused(Connection connection, String subject) throws Exception {
        connection.clearLastError();
        connection.subscribe(subject);
        assertRefused(connection, "subscription to \"" + subject + "\"");
    }

    private static void assertRefused(Connection connection, String what) throws Exception {
        await(() -> {
            connection.flush(Duration.ofSeconds(30));
            return !Optional.ofNullable(connection.getLastError()).orElse("").isEmpty();
        });
        assertThat(connection.getLastError()).containsIgnoringCase("permissions violation for " + what);
    }

    /** Every fifth utterance cannot be decoded. */
    private Outbox worker(NatsLink nats) {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        FakeRecognizer recognizer =
                new FakeRecognizer(request -> request.utteranceId().endsWith("5")
                        ? new Recognition.Failed("loop", "the model repeats itself")
                        : FakeRecognizer.text("hello"));
        Outbox outbox = keep(new Outbox(
                nats,
                SUBJECTS,
                new Numbering(new ExpiringKeys(nats, SUBJECTS.bucket()), Duration.ofHours(1), JSON),
                JSON,
                folder.resolve("spool"),
                1 << 24,
                metrics));
        outbox.serve(keep(new DecodeLoop(TestDelivery.decoding(nats, SUBJECTS, recognizer, metrics))));
        return outbox;
    }

    private void dispatcher(NatsLink nats) throws Exception {
        Path keys = Files.createDirectories(folder.resolve("signing"));
        Files.writeString(keys.resolve("current"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        keep(new WebhookDispatcher(new WebhookDispatcher.Parts(
                nats,
                SUBJECTS,
                () -> new WebhookDispatcher.Settings(1, streams.delivery().webhook()),
                () -> nats.bucket(SUBJECTS.bucket()),
                keys,
                null,
                SSLContext.getDefault(),
                () -> {},
                JSON,
                Clock.systemUTC(),
                new SimpleMeterRegistry())));
    }

    private NatsLink link(NatsRole role, String inbox) throws Exception {
        Path secret = Files.createDirectories(folder.resolve(role.name()));
        Files.writeString(secret.resolve("username"), role.name());
        Files.writeString(secret.resolve("password"), "of " + role.name());
        NatsLink link = keep(NatsLink.open(new Delivery.Nats(server.url(), null, 1), secret, role.name(), inbox));
        await(link::isConnected);
        return link;
    }

    private <T extends AutoCloseable> T keep(T each) {
        open.add(each);
        return each;
    }

    private static SealedUtterance utterance(int number) {
        return Utterances.sealed("key-" + number, Utterances.tone(8_000));
    }

    private static long messages(NatsLink nats, String stream) throws IOException, JetStreamApiException {
        return nats.management().getStreamInfo(stream).getStreamState().getMsgCount();
    }

    private static long lastDead(NatsLink nats) throws IOException, JetStreamApiException {
        return nats.management()
                .getStreamInfo(SUBJECTS.deadLettersStream())
                .getStreamState()
                .getLastSequence();
    }

    private Delivery delivery() {
        return new Delivery(
                new Delivery.Nats(server.url(), null, 1),
                new Delivery.Webhook(
                        "http://127.0.0.1:" + receiver.getAddress().getPort() + "/",
                        new SecretRef("webhook"),
                        new KubeDuration("15s"),
                        10,
                        List.of(new KubeDuration("0s")),
                        new Delivery.CircuitBreaker(100, 1_000, new KubeDuration("1s")),
                        true),
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
