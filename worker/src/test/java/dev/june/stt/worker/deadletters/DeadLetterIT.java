package dev.june.stt.worker.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.access.Scope;
import dev.june.stt.config.Delivery;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.access.Door;
import dev.june.stt.worker.access.TestDelivery;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.delivery.Utterances;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dead letters are listed, inspected, heard and put back, by real requests and with a real NATS server. */
class DeadLetterIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");
    private static final String PATH = "/v1/deadletters";
    private static final String DUE = "stt.v1.team-a.meetings.due.>";

    @TempDir
    Path folder;

    private NatsServer server;
    private NatsLink nats;
    private Door door;
    private String key;

    @BeforeEach
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        nats = NatsLink.open(new Delivery.Nats(server.url(), null, 1), folder.resolve("none"), "test");
        await(nats::isConnected);
        PipelineStreams shape = new PipelineStreams(SUBJECTS, TestDelivery.settings());
        for (var stream : shape.streams()) {
            nats.management().addStream(stream);
        }
        nats.management().addOrUpdateConsumer(SUBJECTS.utterancesStream(), shape.decoders());
        nats.connection().keyValueManagement().create(shape.bucket());
        door = new Door(folder.resolve("access"), nats, SUBJECTS);
        key = door.admit("on-call", Scope.values()).token();
        await(() -> door.get(PATH, key).statusCode() == 200);
    }

    @AfterEach
    void stop() {
        door.close();
        nats.close();
        server.close();
    }

    @Test
    void theyAreListedInPagesAndFiltered() throws Exception {
        for (int i = 1; i <= 25; i++) {
            dead("decode", id(i), i % 5 == 0 ? "max_deliveries" : "loop", payload(i));
        }
        dead("append", "sequence-9", "malformed", "nonsense".getBytes(StandardCharsets.UTF_8));

        JsonNode first = get("?limit=10");
        assertThat(first.path("total").asLong()).isEqualTo(26);
        assertThat(first.path("deadLetters").size()).isEqualTo(10);
        JsonNode letter = first.at("/deadLetters/4");
        assertThat(letter.path("utteranceId").asString()).isEqualTo(id(5));
        assertThat(letter.path("stage").asString()).isEqualTo("decode");
        assertThat(letter.path("reason").asString()).isEqualTo("max_deliveries");
        assertThat(letter.path("bytes").asLong()).isEqualTo(payload(5).length);
        Set<String> seen = new HashSet<>();
        JsonNode page = first;
        while (true) {
            page.path("deadLetters")
                    .forEach(each -> seen.add(each.path("utteranceId").asString()));
            if (!page.path("next").isNumber()) {
                break;
            }
            page = get("?limit=10&from=" + page.path("next").asLong());
        }
        assertThat(seen).hasSize(26);

        assertThat(ids(get("?reason=max_deliveries"))).containsExactly(id(5), id(10), id(15), id(20), id(25));
        assertThat(ids(get("?stage=append"))).containsExactly("sequence-9");
        assertThat(ids(get("?from=3&to=5"))).containsExactly(id(3), id(4), id(5));
        String time = get("?from=20&to=20").at("/deadLetters/0/time").asString();
        assertThat(ids(get("?stage=decode&since=" + time)))
                .contains(id(20), id(25))
                .doesNotContain(id(19));
        assertThat(ids(get("?until=" + time))).contains(id(1), id(19)).doesNotContain(id(20));
        assertThat(ids(get("?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z")))
                .isEmpty();
    }

    @Test
    void oneIsInspectedWithoutItsWordsAndHeard() throws Exception {
        dead("decode", id(7), "loop", payload(7));

        JsonNode one = get("/1");
        assertThat(one.at("/deadLetter/explanation").asString()).isEqualTo("the last error");
        assertThat(one.at("/about/room").asString()).isEqualTo("daily");
        assertThat(one.at("/about/participant").asString()).isEqualTo("ann");
        assertThat(one.at("/about/sequence").asLong()).isEqualTo(7);
        assertThat(one.at("/about/audioSeconds").asDouble()).isEqualTo(0.25);

        HttpResponse<byte[]> audio = door.bytes(PATH + "/1/audio", key);
        assertThat(audio.headers().firstValue("Content-Type")).contains("audio/wav");
        assertThat(audio.headers().firstValue("Cache-Control")).contains("no-store");
        try (AudioInputStream wav = AudioSystem.getAudioInputStream(new ByteArrayInputStream(audio.body()))) {
            assertThat(wav.getFormat().getSampleRate()).isEqualTo(16_000);
            short[] samples = new short[4_000];
            ByteBuffer.wrap(wav.readAllBytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(samples);
            assertThat(samples).isEqualTo(Utterances.tone(4_000));
        }

        byte[] transcript =
                "{\"data\":{\"text\":\"a secret\",\"origin\":{\"room\":\"daily\"}}}".getBytes(StandardCharsets.UTF_8);
        dead("webhook", id(8), "exhausted", transcript);
        HttpResponse<String> text = door.get(PATH + "/2", key);
        assertThat(text.body()).contains("\"room\":\"daily\"").doesNotContain("secret");
        assertThat(door.get(PATH + "/2/audio", key).statusCode()).isEqualTo(404);
        assertThat(door.get(PATH + "/99", key).statusCode()).isEqualTo(404);
        assertThat(door.get(PATH + "/x", key).statusCode()).isEqualTo(400);
        assertThat(door.get(PATH + "/-1", key).statusCode()).isIn(404, 503);
    }

    @Test
    void aReplayHasANewMessageIdAndKeepsTheUtterances() throws Exception {
        dead("decode", id(1), "loop", payload(1));

        JsonNode dry = post("/1/replay?dryRun=true", "");
        assertThat(dry.at("/deadLetters/0/outcome").asString()).isEqualTo("would_replay");
        assertThat(count(SUBJECTS.utterancesStream())).isZero();
        assertThat(count(SUBJECTS.deadLettersStream())).isEqualTo(1);

        JsonNode done = post("/1/replay", "");
        assertThat(done.at("/deadLetters/0/outcome").asString()).isEqualTo("replayed");
        assertThat(count(SUBJECTS.deadLettersStream())).isZero();
        MessageInfo back = nats.management().getMessage(SUBJECTS.utterancesStream(), 1);
        assertThat(back.getSubject()).isEqualTo(SUBJECTS.utterance("daily", "ann"));
        assertThat(back.getData()).isEqualTo(payload(1));
        assertThat(back.getHeaders().getFirst("Nats-Msg-Id")).isEqualTo(id(1) + "/replay/1");
        assertThat(back.getHeaders().getFirst(MessageHeaders.UTTERANCE_ID)).isEqualTo(id(1));
        assertThat(back.getHeaders().getFirst(MessageHeaders.REPLAY)).isEqualTo("1");
        assertThat(door.post(PATH + "/1/replay", key, "").statusCode()).isEqualTo(404);
    }

    @Test
    void aReplayWhoseReceiptWasLostIsNotASecondOne() throws Exception {
        dead("decode", id(1), "loop", payload(1));
        nats.jetStream()
                .publish(NatsMessage.builder()
                        .subject(SUBJECTS.utterance("daily", "ann"))
                        .headers(new Headers().add("Nats-Msg-Id", id(1) + "/replay/1"))
                        .data(payload(1))
                        .build());

        assertThat(post("/1/replay", "").at("/deadLetters/0/outcome").asString())
                .isEqualTo("replayed");
        assertThat(count(SUBJECTS.utterancesStream())).isEqualTo(1);
        assertThat(count(SUBJECTS.deadLettersStream())).isZero();
    }

    @Test
    void aRangeIsReplayedAndTheRestStays() throws Exception {
        for (int i = 1; i <= 10; i++) {
            dead("decode", id(i), "loop", payload(i));
        }
        post("/replay", "{\"from\": 3, \"to\": 5}");
        assertThat(count(SUBJECTS.utterancesStream())).isEqualTo(3);
        assertThat(ids(get(""))).containsExactly(id(1), id(2), id(6), id(7), id(8), id(9), id(10));
        post("/replay", "{\"reason\": \"other\"}");
        assertThat(count(SUBJECTS.deadLettersStream())).isEqualTo(7);
    }

    @Test
    void aReplayIsNotFasterThanAsked() throws Exception {
        for (int i = 1; i <= 12; i++) {
            dead("decode", id(i), "loop", payload(i));
        }
        long start = System.nanoTime();
        JsonNode answer = post("/replay", "{\"all\": true, \"perSecond\": 4}");
        double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1_000.0;

        // However slow the machine is, that is what may have gone in this time.
        assertThat((double) answer.path("deadLetters").size()).isLessThanOrEqualTo(4 * seconds + 1);
    }

    @Test
    void aRequestThatIsNotUnderstoodReplaysNothing() throws Exception {
        dead("decode", id(1), "loop", payload(1));
        for (String body : List.of(
                "{}",
                "{\"stge\": \"append\"}",
                "{\"all\": false}",
                "{\"all\": true, \"limit\": 0}",
                "{\"all\": true, \"limit\": 100000}",
                "{\"all\": true, \"perSecond\": -1}",
                "{\"since\": \"yesterday\"}",
                "[]",
                "not json")) {
            HttpResponse<String> answer = door.post(PATH + "/replay", key, body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
        assertThat(count(SUBJECTS.utterancesStream())).isZero();
        assertThat(count(SUBJECTS.deadLettersStream())).isEqualTo(1);
    }

    @Test
    void aLetterThatWouldGoElsewhereStays() throws Exception {
        publish(
                SUBJECTS.dead("decode", "daily", "ann", id(1)),
                "stt.v1.team-b.meetings.utterance.x.y",
                "loop",
                payload(1));
        publish(
                SUBJECTS.dead("decode", "daily", "ann", id(2)),
                "stt.v1.team-a.meetings.utterance.>",
                "loop",
                payload(2));
        publish(
                SUBJECTS.dead("strange", "daily", "ann", id(3)),
                SUBJECTS.utterance("daily", "ann"),
                "loop",
                payload(3));

        JsonNode answer = post("/replay", "{\"all\": true}");
        answer.path("deadLetters")
                .forEach(each -> assertThat(each.path("outcome").asString()).isEqualTo("refused"));
        assertThat(answer.path("deadLetters").size()).isEqualTo(3);
        assertThat(count(SUBJECTS.deadLettersStream())).isEqualTo(3);
        assertThat(count(SUBJECTS.utterancesStream())).isZero();
    }

    @Test
    void aQueueThatIsFullStopsTheReplayAndNothingIsLost() throws Exception {
        for (int i = 1; i <= 5; i++) {
            dead("decode", id(i), "loop", payload(i));
        }
        nats.management()
                .updateStream(StreamConfiguration.builder(nats.management()
                                .getStreamInfo(SUBJECTS.utterancesStream())
                                .getConfiguration())
                        .maxMessages(2)
                        .build());

        JsonNode answer = post("/replay", "{\"all\": true}");
        assertThat(answer.path("stopped").asString()).contains("maximum messages");
        assertThat(answer.path("next").asLong()).isEqualTo(3);
        assertThat(count(SUBJECTS.utterancesStream())).isEqualTo(2);
        assertThat(ids(get(""))).containsExactly(id(3), id(4), id(5));
    }

    @Test
    void aTranscriptForTheWebhookGoesWhereTheDispatcherLooks() throws Exception {
        nats.management()
                .addStream(StreamConfiguration.builder()
                        .name("RETRY")
                        .subjects(DUE)
                        .build());
        byte[] event = "{\"id\":\"TR_a-000001\"}".getBytes(StandardCharsets.UTF_8);
        String due = "stt.v1.team-a.meetings.due.daily.ann." + id(1);
        publish(SUBJECTS.dead("webhook", "daily", "ann", id(1)), due, "exhausted", event);

        assertThat(post("/replay", "{\"stage\": \"webhook\"}")
                        .path("deadLetters")
                        .size())
                .isEqualTo(1);
        MessageInfo first = nats.management().getMessage("RETRY", 1);
        assertThat(first.getSubject()).isEqualTo(due);
        assertThat(first.getData()).isEqualTo(event);
        assertThat(first.getHeaders().getFirst("June-Replay")).isEqualTo("1");
        assertThat(count(SUBJECTS.deadLettersStream())).isZero();
    }

    @Test
    void whatFailedOnceHasItsFinalAfterAReplayMarkedAndOnlyOnce() throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        AtomicReference<Recognition> answer = new AtomicReference<>(new Recognition.Failed("loop", "again and again"));
        try (DecodeLoop _ = decodeLoop(metrics, answer)) {
            nats.jetStream()
                    .publish(NatsMessage.builder()
                            .subject(SUBJECTS.utterance("daily", "ann"))
                            .headers(new Headers().add("Nats-Msg-Id", id(1)).add(MessageHeaders.UTTERANCE_ID, id(1)))
                            .data(payload(1))
                            .build());
            await(() -> count(SUBJECTS.deadLettersStream()) == 1 && count(SUBJECTS.utterancesStream()) == 0);

            post("/replay", "{\"all\": true}"); // fails again: comes back, and is no second void
            await(() -> count(SUBJECTS.deadLettersStream()) == 1 && count(SUBJECTS.utterancesStream()) == 0);
            assertThat(count(SUBJECTS.transcriptsStream())).isEqualTo(1);
            assertThat(get("").at("/deadLetters/0/replays").asInt()).isEqualTo(1);

            answer.set(FakeRecognizer.text("at last"));
            post("/replay", "{\"all\": true}");
            await(() -> count(SUBJECTS.transcriptsStream()) == 2 && count(SUBJECTS.utterancesStream()) == 0);
            dead("decode", id(1), "loop", payload(1)); // somebody replays it once more
            post("/replay", "{\"all\": true}");
            await(() -> count(SUBJECTS.utterancesStream()) == 0);
        }
        assertThat(count(SUBJECTS.transcriptsStream())).isEqualTo(2);
        MessageInfo last =
                nats.management().getLastMessage(SUBJECTS.transcriptsStream(), SUBJECTS.finalOf("daily", "ann", id(1)));
        JsonNode event = JSON.readTree(last.getData());
        assertThat(event.path("replayed").asBoolean()).isTrue();
        assertThat(event.path("id").asString())
                .as("another event than the void")
                .isEqualTo(id(1) + "/replay/2");
        assertThat(event.at("/data/utteranceId").asString()).isEqualTo(id(1));
        assertThat(event.at("/data/text").asString()).isEqualTo("at last");
        assertThat(last.getHeaders().getFirst("June-Replay")).isEqualTo("2");
        JsonNode voided = JSON.readTree(nats.management()
                .getLastMessage(SUBJECTS.transcriptsStream(), SUBJECTS.voidOf("daily", "ann", id(1)))
                .getData());
        assertThat(voided.has("replayed")).isFalse();
        assertThat(metrics.counter("stt_utterances_total", "state", "failed").count())
                .isEqualTo(1);
        assertThat(metrics.counter("stt_utterances_total", "state", "final").count())
                .as("the ledger has it once")
                .isZero();
    }

    @Test
    void tenThousandAreListedAndReplayedEachOnce() throws Exception {
        byte[] payload = payload(1);
        for (int i = 1; i <= 10_000; i++) {
            dead("decode", id(i), "max_deliveries", payload);
        }
        List<String> listed = new ArrayList<>();
        for (JsonNode page = get("?limit=500");
                ;
                page = get("?limit=500&from=" + page.path("next").asLong())) {
            listed.addAll(ids(page));
            if (!page.path("next").isNumber()) {
                break;
            }
        }
        assertThat(listed).hasSize(10_000).doesNotHaveDuplicates();

        String more = "";
        int stopped = 0;
        while (true) {
            JsonNode answer = post("/replay", "{\"all\": true, \"limit\": 500, \"perSecond\": 1000" + more + "}");
            stopped += answer.path("stopped").isString() ? 1 : 0; // no answer in time, on a busy machine: go on there
            assertThat(stopped).isLessThan(50);
            if (!answer.path("next").isNumber()) {
                break;
            }
            more = ", \"from\": " + answer.path("next").asLong() + ", \"to\": "
                    + answer.path("to").asLong();
        }
        assertThat(count(SUBJECTS.utterancesStream())).isEqualTo(10_000);
        assertThat(count(SUBJECTS.deadLettersStream())).isZero();
    }

    @Test
    void withoutNatsTheCallerIsToldToComeBack() throws Exception {
        dead("decode", id(1), "loop", payload(1));
        server.kill();
        HttpResponse<String> answer = door.get(PATH, key);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        server.restart();
        await(() -> door.get(PATH, key).statusCode() == 200);
        assertThat(ids(get(""))).containsExactly(id(1));
    }

    private DecodeLoop decodeLoop(SimpleMeterRegistry metrics, AtomicReference<Recognition> answer) {
        return new DecodeLoop(new DecodeLoop.Parts(
                nats,
                SUBJECTS,
                JSON,
                new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC()),
                new Speculations(),
                () -> new FakeRecognizer(_ -> answer.get()),
                () -> new DecodeLoop.Decoding(List.of(), List.of(), 5, Duration.ofSeconds(30)),
                new Ledger(metrics),
                Clock.systemUTC(),
                "worker-1",
                metrics,
                (_, _) -> {}));
    }

    private JsonNode get(String query) throws Exception {
        return answered(() -> door.get(PATH + query, key));
    }

    private JsonNode post(String path, String body) throws Exception {
        return answered(() -> door.post(PATH + path, key, body));
    }

    /** Comes back when it is told to, as NATS may take long on a busy machine. */
    private static JsonNode answered(Callable<HttpResponse<String>> request) throws Exception {
        HttpResponse<String> answer = request.call();
        for (int tries = 0; tries < 60 && answer.statusCode() == 503; tries++) {
            Thread.sleep(500);
            answer = request.call();
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static List<String> ids(JsonNode page) {
        List<String> ids = new ArrayList<>();
        page.path("deadLetters")
                .forEach(each -> ids.add(each.path("utteranceId").asString()));
        return ids;
    }

    private void dead(String stage, String id, String reason, byte[] payload)
            throws IOException, JetStreamApiException {
        publish(SUBJECTS.dead(stage, "daily", "ann", id), SUBJECTS.utterance("daily", "ann"), reason, payload);
    }

    private void publish(String subject, String original, String reason, byte[] payload)
            throws IOException, JetStreamApiException {
        nats.jetStream()
                .publish(NatsMessage.builder()
                        .subject(subject)
                        .headers(new Headers()
                                .add(MessageHeaders.REASON, reason)
                                .add(MessageHeaders.EXPLANATION, "the last error")
                                .add(MessageHeaders.SUBJECT, original)
                                .add(MessageHeaders.DELIVERIES, "3")
                                .add(MessageHeaders.TIME, "2026-01-01T00:00:00Z"))
                        .data(payload)
                        .build());
    }

    private static byte[] payload(int number) {
        return Utterances.payload(id(number), number, Utterances.tone(4_000));
    }

    private static String id(int number) {
        return "TR_a-%06d".formatted(number);
    }

    private long count(String stream) throws IOException, JetStreamApiException {
        return nats.management().getStreamInfo(stream).getStreamState().getMsgCount();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime())
                    .as("the condition did not come true in time")
                    .isLessThan(end);
            Thread.sleep(100);
        }
    }
}
