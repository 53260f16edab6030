package dev.june.stt.worker.lifecycle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.tracing.Collector;
import dev.june.stt.worker.tracing.Stage;
import dev.june.stt.worker.tracing.TraceStep;
import dev.june.stt.worker.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.Subscription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** Logging and traces of a running worker, with real NATS, the logging that it runs with, and a receiver of OTLP. */
class ObservabilityWiringIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Logger OURS = LoggerFactory.getLogger("dev.june.stt.worker.anything");

    @TempDir
    Path folder;

    private final LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
    private NatsServer server;
    private Collector collector;
    private LiveConfig config;
    private Subjects subjects;
    private NatsLink nats;
    private NatsLink otherWorker;
    private AnnotationConfigApplicationContext context;

    @BeforeEach
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        collector = new Collector();
        PipelineConfig first = ConfigDocument.parse(document(1, "{logLevel: info}"), Map.of());
        config = new LiveConfig(first, Map.of(), (_, _) -> {});
        subjects = new Subjects(first.namespace(), first.name());
        nats = NatsLink.open(first.spec().delivery().nats(), folder.resolve("none"), "w-0");
        otherWorker = NatsLink.open(first.spec().delivery().nats(), folder.resolve("none"), "w-1");
        await(() -> nats.isConnected() && otherWorker.isConnected());
        context = context();
        nats.connection().flush(LIMIT); // the server knows now what this worker listens to
    }

    @AfterEach
    void stop() {
        context.close();
        logging.setLogLevel("dev.june.stt", null);
        logging.setLogLevel("whisper.cpp", null);
        otherWorker.close();
        nats.close();
        collector.close();
        server.close();
    }

    @Test
    void theLevelOfOurOwnMessagesFollowsTheConfigurationUnlessThatIsRefused() {
        assertThat(OURS.isDebugEnabled()).isFalse();
        config.offer(document(2, "{logLevel: debug}"));
        assertThat(OURS.isDebugEnabled()).isTrue();
        assertThat(LoggerFactory.getLogger("whisper.cpp").isDebugEnabled()).isTrue();
        config.offer(document(3, "{logLevel: loud}"));
        assertThat(config.refusal().orElseThrow().field()).isEqualTo("spec.observability");
        assertThat(OURS.isDebugEnabled()).isTrue();
        config.offer(document(4, "{logLevel: error}"));
        assertThat(OURS.isWarnEnabled()).isFalse();
    }

    @Test
    void tracesFollowTheConfiguration() throws Exception {
        step("TR_a-000001");
        config.offer(document(2, tracing(0)));
        step("TR_a-000002");
        config.offer(document(3, tracing(1)));
        step("TR_a-000003");
        await(() -> !collector.spans().isEmpty());
        assertThat(collector.spans())
                .extracting(span -> span.attributes().get("stt.utterance.id"))
                .containsExactly("TR_a-000003");
        assertThat(collector.spans().getFirst().resource())
                .containsEntry("service.instance.id", "w-0")
                .containsEntry("k8s.namespace.name", "team-a")
                .containsEntry("stt.pipeline", "meetings");
    }

    @Test
    void workersTellEachOtherWhichTracesToKeep() throws Exception {
        config.offer(document(2, tracing(0)));
        Subscription heard = otherWorker.connection().subscribe(subjects.keptTraces());
        otherWorker.connection().flush(LIMIT);

        String held = step("TR_a-000001");
        otherWorker.connection().publish(subjects.keptTraces(), held.getBytes(US_ASCII));
        await(() -> collector.spans().size() == 1);
        assertThat(collector.spans().getFirst().trace()).isEqualTo(held);
        assertThat(new String(heard.nextMessage(LIMIT).getData(), US_ASCII)).isEqualTo(held); // its own

        String failed;
        try (TraceStep step = TraceStep.begin(Stage.DECODE, "TR_a-000002", null)) {
            failed = traceOf(step);
            step.failed("loop");
        }
        assertThat(new String(heard.nextMessage(LIMIT).getData(), US_ASCII)).isEqualTo(failed);
        otherWorker.connection().publish(subjects.keptTraces(), "no trace".getBytes(US_ASCII));
        await(() -> collector.spans().size() == 2);
    }

    private static String step(String utterance) {
        try (TraceStep step = TraceStep.begin(Stage.DECODE, utterance, null)) {
            return traceOf(step);
        }
    }

    private static String traceOf(TraceStep step) {
        return step.traceparent().orElseThrow().split("-", -1)[1];
    }

    private AnnotationConfigApplicationContext context() {
        AnnotationConfigApplicationContext made = new AnnotationConfigApplicationContext();
        made.registerBean(NatsLink.class, () -> nats, definition -> definition.setDestroyMethodName(""));
        made.registerBean(Subjects.class, () -> subjects);
        made.registerBean(LiveConfig.class, () -> config);
        made.registerBean(LoggingSystem.class, () -> logging);
        made.registerBean(WorkerSettings.class, () -> TestSettings.of(folder, folder, LIMIT));
        made.registerBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new);
        made.register(ObservabilityWiring.class);
        made.refresh();
        assertThat(made.getBean(Traces.class)).isNotNull();
        return made;
    }

    private String tracing(double share) {
        return "{tracing: {otlpEndpoint: \"%s\", sampling: %s}}".formatted(collector.endpoint(), share);
    }

    private String document(int generation, String observability) {
        return """
                generation: %d
                namespace: team-a
                name: meetings
                spec:
                  livekit: {url: "ws://127.0.0.1:7880", credentialsSecretRef: {name: livekit}}
                  delivery:
                    nats: {url: "%s"}
                  observability: %s
                """.formatted(generation, server.url(), observability);
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime())
                    .as("the condition did not come true in time")
                    .isLessThan(end);
            Thread.sleep(20);
        }
    }
}
