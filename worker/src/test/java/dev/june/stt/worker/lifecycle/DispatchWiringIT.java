package dev.june.stt.worker.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.dispatch.WebhookDispatcher;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** The webhook's part of a worker that is run by hand, from its configuration to the receiver. */
class DispatchWiringIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private NatsServer nats;
    private HttpServer receiver;

    @BeforeEach
    void start() throws IOException {
        nats = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            received.add(exchange.getRequestHeaders().getFirst("webhook-id"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        Files.writeString(
                Files.createDirectories(folder.resolve("secrets/webhook")).resolve("current"),
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
        nats.close();
    }

    @Test
    void aWebhookThatIsAddedLaterGetsItsStreamsAndWhatWasStoredBeforeIt() throws Exception {
        PipelineConfig first = ConfigDocument.parse(document(1, ""), Map.of());
        Subjects subjects = new Subjects(first.namespace(), first.name());
        LiveConfig config = new LiveConfig(first, Map.of(), (_, _) -> {});
        try (NatsLink link = NatsLink.open(first.spec().delivery().nats(), folder.resolve("none"), "test")) {
            OwnStreams.ensure(link, new PipelineStreams(subjects, first.spec().delivery()));
            try (AnnotationConfigApplicationContext context = context(link, subjects, config)) {
                String subject = subjects.finalOf("daily", "ann", "TR_1-000001");
                link.jetStream().publish(subject, """
                        {"specversion":"1.0","id":"TR_1-000001","source":"/s","type":"t","data":{"sequence":1}}
                        """.getBytes(UTF_8));
                config.offer(document(2, webhook()));
                assertThat(received.poll(LIMIT.toMillis(), TimeUnit.MILLISECONDS))
                        .isEqualTo("team-a:meetings:TR_1-000001");
                assertThat(link.management().getStreamNames()).contains(subjects.retryStream());

                WebhookDispatcher dispatcher = context.getBean(WebhookDispatcher.class);
                assertThat(dispatcher.drain(LIMIT)).isTrue();
                dispatcher.close();
            }
            OwnStreams.ensure(link, new PipelineStreams(subjects, first.spec().delivery()));
            assertThat(link.management().getStreamNames()).doesNotContain(subjects.retryStream());
            assertThat(consumers(link, subjects)).isZero();
        }
    }

    private AnnotationConfigApplicationContext context(NatsLink link, Subjects subjects, LiveConfig config) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean(NatsLink.class, () -> link, definition -> definition.setDestroyMethodName(""));
        context.registerBean(Subjects.class, () -> subjects);
        context.registerBean(LiveConfig.class, () -> config);
        context.registerBean(WorkerWiring.Bucket.class, () -> new WorkerWiring.Bucket(link, subjects));
        context.registerBean(Secrets.class, () -> new Secrets(folder.resolve("secrets"), Map.of()));
        context.registerBean(WorkerSettings.class, () -> TestSettings.of(folder, folder.resolve("secrets"), LIMIT));
        context.registerBean(JsonMapper.class, JsonMapper::shared);
        context.registerBean(Clock.class, Clock::systemUTC);
        context.registerBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new);
        context.register(DispatchWiring.class);
        context.refresh();
        return context;
    }

    private static int consumers(NatsLink link, Subjects subjects) throws IOException, JetStreamApiException {
        return link.management().getConsumerNames(subjects.transcriptsStream()).size();
    }

    private String webhook() {
        return """
                    webhook:
                      url: "http://127.0.0.1:%d/finals"
                      signingSecretRef: {name: webhook}
                      allowPrivateAddresses: true
                """.formatted(receiver.getAddress().getPort());
    }

    private String document(int generation, String webhook) {
        return """
                generation: %d
                namespace: team-a
                name: meetings
                spec:
                  livekit: {url: "ws://127.0.0.1:7880", credentialsSecretRef: {name: livekit}}
                  delivery:
                    nats: {url: "%s"}
                %s
                """.formatted(generation, nats.url(), webhook);
    }
}
