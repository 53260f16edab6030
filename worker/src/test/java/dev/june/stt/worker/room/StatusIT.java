package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.access.Scope;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.Limits;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.access.Door;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.livekit.RoomConnection.Track;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.status.StatusSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a worker shows of its rooms and participants, to whom, by real requests to the running web layer. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatusIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String STATUS = "/v1/status";
    private static final String PEOPLE = "/v1/status/participants?room=";

    /** Names come from strangers. */
    private static final String ODD = "stand-up/ä 🎤&room=*.>\n";

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final SessionMetrics sessions = new SessionMetrics(metrics);
    private final FakeRecognizer recognizer = new FakeRecognizer(_ -> FakeRecognizer.text("hello"));
    private final Roster roster = new Roster(Clock.systemUTC());
    private final List<RoomSession> rooms = new ArrayList<>();
    private NatsServer server;
    private NatsLink nats;
    private Door door;
    private String reader;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        nats = NatsLink.open(new Delivery.Nats(server.url(), null, 1), folder.resolve("none"), "test");
        WorkerReport report = new WorkerReport("worker-1", 7, true, 3, 4, new WorkerReport.Load(4, 8, 12.5), null);
        door = new Door(
                folder.resolve("access"),
                nats,
                new Subjects("team-a", "meetings"),
                new StatusSource(() -> report, roster));
        reader = door.admit("on-call", Scope.STATUS_READ).token();
        await(() -> door.get(STATUS, reader).statusCode() == 200);
        join("daily", "ann", "bob");
        join("weekly", "carol");
        join(ODD, "dave🎤");
        speak("daily", "ann");
        await(() -> speech("daily", "ann").path("finals").asInt() == 1);
    }

    @AfterAll
    void stop() {
        rooms.forEach(room -> room.endAll(dev.june.stt.transcript.EndReason.DRAIN));
        door.close();
        nats.close();
        server.close();
    }

    @BeforeEach
    void plenty() {
        door.setLimits(Door.PLENTY);
    }

    @Test
    void onlyWhoMayReadItSeesIt() throws Exception {
        String other = door.admit("other", Scope.DEAD_LETTERS_READ, Scope.DEAD_LETTERS_REPLAY)
                .token();
        await(() -> door.get(STATUS, other).statusCode() != 401);
        for (String path : List.of(STATUS, PEOPLE + "daily", STATUS + "?limit=0")) {
            HttpResponse<String> stranger = door.get(path, null);
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.body()).doesNotContain("daily", "ann", "worker-1");
            assertThat(door.get(path, other).statusCode()).isEqualTo(403);
            assertThat(door.get(path, other).body()).doesNotContain("daily", "ann", "worker-1");
        }
        assertThat(door.post(STATUS, reader, "{}").statusCode()).isEqualTo(403);
    }

    @Test
    void aWorkerIsShownWithItsRooms() throws Exception {
        HttpResponse<String> answer = door.get(STATUS, reader);
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        JsonNode status = JSON.readTree(answer.body());
        assertThat(status.path("worker").path("worker").asString()).isEqualTo("worker-1");
        assertThat(status.path("worker").path("generation").asLong()).isEqualTo(7);
        assertThat(status.path("worker").path("load").path("capacity").asInt()).isEqualTo(8);
        assertThat(names(status.path("rooms"), "room")).containsExactly("daily", ODD, "weekly");
        assertThat(status.path("rooms").get(0).path("participants").asInt()).isEqualTo(2);
        assertThat(status.path("rooms").get(0).path("tracks").asInt()).isEqualTo(2);
        assertThat(status.path("next").isNull()).isTrue();
    }

    @Test
    void aParticipantIsShownWithWhatBecameOfItsSpeechAndNothingThatWasSaid() throws Exception {
        JsonNode ann = speech("daily", "ann");
        assertThat(ann.path("utterances").asInt()).isEqualTo(1);
        assertThat(ann.path("speaking").asInt()).isZero();
        assertThat(ann.path("voids").asInt()).isZero();
        assertThat(ann.path("language").asString()).isEqualTo("en");
        assertThat(ann.path("lastLatency").path("decodeMs").asLong()).isEqualTo(30);
        assertThat(ann.path("meanLatencyMs").asLong())
                .isEqualTo(ann.path("longestLatencyMs").asLong());
        assertThat(ann.path("framesDropped").asInt()).isZero();
        JsonNode bob = speech("daily", "bob");
        assertThat(bob.path("utterances").asInt()).isZero();
        assertThat(bob.has("language")).isFalse();
        assertThat(door.get(PEOPLE + "daily", reader).body()).doesNotContain("hello");
    }

    @Test
    void namesOfStrangersComeBackAsTheyAre() throws Exception {
        JsonNode page = get(PEOPLE + encoded(ODD));
        assertThat(page.path("room").asString()).isEqualTo(ODD);
        assertThat(names(page.path("participants"), "identity")).containsExactly("dave🎤");
    }

    @Test
    void listsComeInPages() throws Exception {
        List<String> seen = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = get(STATUS + "?limit=1" + (next.isEmpty() ? "" : "&after=" + encoded(next)));
            assertThat(page.path("rooms").size()).isEqualTo(1);
            seen.addAll(names(page.path("rooms"), "room"));
            next = page.path("next").asString("");
        } while (!next.isEmpty());
        assertThat(seen).containsExactly("daily", ODD, "weekly");
        JsonNode first = get(PEOPLE + "daily&limit=1");
        assertThat(names(first.path("participants"), "identity")).containsExactly("ann");
        JsonNode second =
                get(PEOPLE + "daily&limit=1&after=" + first.path("next").asString());
        assertThat(names(second.path("participants"), "identity")).containsExactly("bob");
        assertThat(second.path("next").isNull()).isTrue();
    }

    @Test
    void whatCannotBeAnsweredIsRefused() throws Exception {
        for (String wrong :
                List.of("?limit=0", "?limit=501", "?limit=x", "/participants", "/participants?room=daily&limit=-1")) {
            assertThat(door.get(STATUS + wrong, reader).statusCode()).as(wrong).isEqualTo(400);
        }
        HttpResponse<String> unknown = door.get(PEOPLE + "elsewhere", reader);
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(door.get(STATUS + "/else", reader).statusCode()).isEqualTo(403);
    }

    @Test
    void itsReadersAreCountedAsAllCallersAre() throws Exception {
        door.setLimits(Door.limits(1));
        await(() -> {
            HttpResponse<String> answer = door.get(STATUS, reader);
            return answer.statusCode() == 429
                    && answer.headers().firstValue("Retry-After").isPresent();
        });
    }

    private void join(String name, String... people) {
        RoomSession room = new RoomSession(name, new Limits(0, 10, 1_000_000, 10, 20), parts(), sessions, _ -> {});
        roster.add(room);
        rooms.add(room);
        for (String who : people) {
            room.trackStarted(new Track("TR_" + who, who, "PA_" + who, false));
        }
    }

    private SessionParts parts() {
        return new SessionParts(
                "team-a",
                "meetings",
                "worker-1",
                new LoudnessDetector(),
                () -> recognizer,
                () -> new SessionSettings(
                        1, Listened.RULES, Duration.ZERO, new LanguagePolicy("en", List.of()), List.of(), ""),
                (_, _, _) -> 0,
                utterance -> {
                    roster.stored(utterance.header(), finalOf(utterance.header()));
                    return true;
                },
                _ -> {},
                new Speculations(),
                new Ledger(metrics),
                Clock.systemUTC());
    }

    private void speak(String room, String who) {
        RoomSession session = rooms.stream()
                .filter(each -> each.room().equals(room))
                .findFirst()
                .orElseThrow();
        for (int block = 0; block < 100; block++) {
            short[] samples = new short[320];
            Arrays.fill(samples, (short) (block < 50 ? 5_000 : 0));
            while (!session.audioAccepted("TR_" + who, samples)) {
                Thread.onSpinWait();
            }
        }
    }

    private static Transcript.Final finalOf(SealedUtterance.Header utterance) {
        return new Transcript.Final(
                "TR_ann-000001",
                utterance.origin(),
                1,
                "hello",
                new Transcript.Language("en", 0.9, Transcript.Language.Source.DETECTED),
                List.of(),
                utterance.speech(),
                utterance.endReason(),
                "base",
                new Transcript.Confidence(-0.1, null, 0.9),
                new Transcript.Latency(10, 20, 30, 60),
                1,
                "worker-1",
                "");
    }

    private JsonNode speech(String room, String who) throws Exception {
        for (JsonNode each : get(PEOPLE + encoded(room)).path("participants")) {
            if (each.path("identity").asString().equals(who)) {
                return each.path("speech");
            }
        }
        throw new AssertionError(who + " is not in " + room);
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = door.get(path, reader);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static List<String> names(JsonNode list, String field) {
        List<String> names = new ArrayList<>();
        list.forEach(each -> names.add(each.path(field).asString()));
        return names;
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime())
                    .as("the condition did not come true in time")
                    .isLessThan(end);
            Thread.sleep(20);
        }
    }
}
