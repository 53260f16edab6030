package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Tally;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.variant.RoomVariants;
import dev.june.stt.worker.variant.Treatment;
import dev.june.stt.worker.variant.VariantCount;
import dev.june.stt.worker.variant.VariantTally;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two models side by side in one worker, on a real NATS server. */
class VariantsIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String BOTH = "{name: tiny, weight: 40, model: {name: tiny.en}},"
            + "{name: patient, weight: 30, segmentation: {endSilence: 900ms}}";

    @TempDir
    Path folder;

    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final LiveConfig[] live = new LiveConfig[1];
    private final VariantCount count = new VariantCount(() -> live[0].current());
    private NatsServer server;
    private PipelineOnNats pipeline;
    private LoadedRecognizer recognizer;
    private NatsLink nats;
    private ExpiringKeys keys;
    private Outbox outbox;
    private DecodeLoop decodes;
    private RoomVariants rooms;
    private int said;

    @BeforeEach
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        pipeline = new PipelineOnNats(server.url(), 1, Duration.ofMinutes(2), folder);
        nats = pipeline.nats();
        keys = new ExpiringKeys(nats, pipeline.subjects.bucket());
        PipelineConfig first = ConfigDocument.parse(document(1, BOTH), Map.of());
        recognizer = new LoadedRecognizer(first, settings(), metrics);
        live[0] = new LiveConfig(first, Map.of(), (_, after) -> recognizer.change(after));
        rooms = new RoomVariants(keys, () -> nats.bucket(pipeline.subjects.bucket()), () -> live[0].current());
        outbox = new Outbox(
                nats,
                pipeline.subjects,
                new Numbering(keys, Duration.ofHours(1), JSON),
                JSON,
                folder.resolve("spool"),
                1 << 24,
                metrics);
        decodes = new DecodeLoop(new DecodeLoop.Parts(
                nats,
                pipeline.subjects,
                JSON,
                new TranscriptStore(nats, pipeline.subjects, JSON, Clock.systemUTC()),
                new Speculations(),
                recognizer,
                variant -> new DecodeLoop.Decoding(
                        Treatment.of(live[0].current(), variant).model().allowedLanguages(),
                        Treatment.of(live[0].current(), variant).model().hotWords(),
                        3,
                        Duration.ofSeconds(60)),
                new Ledger(metrics, count::closed),
                Clock.systemUTC(),
                "worker-1",
                metrics,
                (_, _) -> {}));
    }

    @AfterEach
    void stop() throws Exception {
        decodes.close();
        outbox.close();
        recognizer.close();
        pipeline.close();
        server.close();
    }

    @Test
    void everyFinalSaysItsVariantAndTheModelThatMadeItAndIsCountedForIt() throws Exception {
        assertThat(recognizer.of("patient")).as("the same model is loaded once").isSameAs(recognizer.get());
        Map<String, String> roomOf = oneRoomOfEach("tiny", "patient", "");
        for (String room : roomOf.values()) {
            says(room, rooms.of(room));
        }
        awaitFinals(3);

        assertThat(finalIn(roomOf.getOrDefault("tiny", "none")).path("model").asString())
                .isEqualTo("tiny.en");
        assertThat(finalIn(roomOf.getOrDefault("patient", "none")).path("model").asString())
                .isEqualTo("base");
        assertThat(finalIn(roomOf.getOrDefault("", "none")).path("model").asString())
                .isEqualTo("base");
        for (Map.Entry<String, String> each : roomOf.entrySet()) {
            assertThat(finalIn(each.getValue()).path("variant").asString()).isEqualTo(each.getKey());
            assertThat(finalIn(each.getValue()).path("text").asString()).containsIgnoringCase("country");
            assertThat(metrics.counter("stt_utterances_total", "state", "final", "variant", each.getKey())
                            .count())
                    .as(each.getKey())
                    .isEqualTo(1);
        }

        VariantTally tally = new VariantTally(count, keys, () -> live[0].current(), JSON);
        tally.write();
        tally.write(); // nothing more
        assertThat(tallies()).extracting(Tally::variant).containsExactly("tiny", "patient");
        assertThat(tallies()).allSatisfy(each -> {
            assertThat(each.own().finals()).isEqualTo(1);
            assertThat(each.pipeline().finals()).isEqualTo(1);
            assertThat(each.own().logProbability()).isNegative();
        });
    }

    @Test
    void aVariantThatIsGoneIsDecodedAsThePipelineAndTheFinalSaysSo() throws Exception {
        live[0].offer(document(2, "{name: patient, weight: 30}"));
        assertThat(live[0].current().generation()).isEqualTo(2);
        says("late", "tiny");
        awaitFinals(1);

        assertThat(finalIn("late").path("variant").asString()).isEmpty();
        assertThat(finalIn("late").path("model").asString()).isEqualTo("base");
    }

    @Test
    void aVariantWhoseModelCannotBeLoadedIsRefusedAndTheOthersGoOn() {
        live[0].offer(document(2, BOTH + ",{name: other, weight: 5, model: {name: nowhere}}"));

        assertThat(live[0].current().generation()).isEqualTo(1);
        assertThat(live[0].refusal()).hasValueSatisfying(refusal -> {
            assertThat(refusal.field()).isEqualTo("spec.variants[2].model");
            assertThat(refusal.message()).contains("other").contains("nowhere");
        });
        assertThat(recognizer.of("tiny").model()).isEqualTo("tiny.en");
    }

    @Test
    void aRoomKeepsItsVariantWhenWeightsChangeAndUntilItIsOver() throws Exception {
        Map<String, String> roomOf = oneRoomOfEach("tiny", "");
        live[0].offer(document(2, "{name: tiny, weight: 99, model: {name: tiny.en}}"));
        assertThat(rooms.of(roomOf.getOrDefault("", "none"))).isEmpty();
        live[0].offer(document(3, "{name: tiny, weight: 1, model: {name: tiny.en}}"));
        assertThat(rooms.of(roomOf.getOrDefault("tiny", "none"))).isEqualTo("tiny");

        live[0].offer(document(4, "{name: tiny, weight: 0, model: {name: tiny.en}}"));
        assertThat(rooms.of(roomOf.getOrDefault("tiny", "none"))).as("given up").isEmpty();
        live[0].offer(document(5, "{name: tiny, weight: 100, model: {name: tiny.en}}"));
        assertThat(rooms.of(roomOf.getOrDefault("tiny", "none")))
                .as("all rooms")
                .isEqualTo("tiny");
        rooms.forget(roomOf.getOrDefault("tiny", "none"));
        assertThat(keys.read(Keys.variant(roomOf.getOrDefault("tiny", "none"))).value())
                .isEmpty();
    }

    @Test
    void aWorkerStartsWithoutAVariantThatCannotBeHadButNotWithoutThePipelinesModel() {
        PipelineConfig broken =
                ConfigDocument.parse(document(1, "{name: other, weight: 5, model: {name: nowhere}}"), Map.of());
        try (LoadedRecognizer without = new LoadedRecognizer(broken, settings(), new SimpleMeterRegistry())) {
            assertThat(without.missing())
                    .hasValueSatisfying(why -> assertThat(why.field()).isEqualTo("spec.variants[0].model"));
            assertThat(without.knows("other")).isFalse();
            assertThat(without.of("other")).isSameAs(without.get());
            assertThat(without.speed()).isPositive();
        }
        assertThatThrownBy(() -> new LoadedRecognizer(
                        ConfigDocument.parse(document(1, "").replace("name: base", "name: nowhere"), Map.of()),
                        settings(),
                        new SimpleMeterRegistry()))
                .hasMessageContaining("nowhere");
    }

    private Map<String, String> oneRoomOfEach(String... variants) {
        Map<String, String> found = new HashMap<>();
        for (int i = 0; !found.keySet().containsAll(List.of(variants)); i++) {
            found.putIfAbsent(rooms.of("room " + i), "room " + i);
        }
        found.keySet().retainAll(List.of(variants));
        return found;
    }

    private void says(String room, String variant) throws Exception {
        said++;
        Instant began = Instant.now();
        assertThat(outbox.accept(new SealedUtterance(
                        new SealedUtterance.Header(
                                "key-" + said,
                                new Origin(
                                        "team-a",
                                        "meetings",
                                        room,
                                        new Origin.Participant("ann", "PA_1"),
                                        "TR_" + said),
                                0,
                                new Transcript.Speech(began.toString(), began.toString(), 0, 11),
                                EndReason.SILENCE,
                                new SpeechEvidence(9, 0.9),
                                new Transcript.Language("en", null, Transcript.Language.Source.DECLARED),
                                live[0].current().generation(),
                                variant,
                                began,
                                began,
                                "worker-1",
                                false,
                                null,
                                null),
                        Speech.of("en_jfk").samples())))
                .isTrue();
    }

    private void awaitFinals(long finals) throws Exception {
        PipelineOnNats.await(() -> nats.management()
                        .getStreamInfo(pipeline.subjects.transcriptsStream())
                        .getStreamState()
                        .getMsgCount()
                == finals);
        pipeline.awaitQueueEmpty();
    }

    private JsonNode finalIn(String room) throws Exception {
        for (long sequence = 1; sequence <= said; sequence++) {
            JsonNode data = JSON.readTree(nats.management()
                            .getMessage(pipeline.subjects.transcriptsStream(), sequence)
                            .getData())
                    .path("data");
            if (data.at("/origin/room").asString().equals(room)) {
                return data;
            }
        }
        throw new AssertionError("no transcript of " + room);
    }

    private List<Tally> tallies() throws Exception {
        return JSON.readValue(keys.read(Keys.VARIANTS).value().orElseThrow(), VariantTallies.class)
                .tallies();
    }

    private WorkerSettings settings() {
        return new WorkerSettings(
                folder,
                "worker-1",
                folder,
                Setup.path("models"),
                folder,
                folder,
                folder,
                true,
                folder.resolve("termination"),
                new WorkerSettings.Livekit(folder),
                new WorkerSettings.Silero(folder),
                new WorkerSettings.Whisper(null),
                new WorkerSettings.Drain(Duration.ofSeconds(1)));
    }

    private static String document(long generation, String variants) {
        return """
                generation: %d
                namespace: team-a
                name: meetings
                spec:
                  model: {name: base, language: en}
                  livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                  delivery: {nats: {url: "nats://nats:4222"}}
                  variants: [%s]
                """.formatted(generation, variants);
    }
}
