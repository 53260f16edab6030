package dev.june.stt.worker.deadletters;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.faults.Seeds;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Dead letters are put back, by real requests and with a real NATS server. */
class ReplayIT extends DeadLetterRig {
    private static final String DUE = "stt.v1.team-a.meetings.due.>";

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
        assertThat(metrics.counter("stt_utterances_total", "state", "failed", "variant", "")
                        .count())
                .isEqualTo(1);
        assertThat(metrics.counter("stt_utterances_total", "state", "final", "variant", "")
                        .count())
                .as("the ledger has it once")
                .isZero();
    }

    @Test
    void manyAreListedAndReplayedEachOnce() throws Exception {
        int letters = Seeds.isLong() ? 10_000 : 1_600; // four pages
        byte[] payload = payload(1);
        for (int i = 1; i <= letters; i++) {
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
        assertThat(listed).hasSize(letters).doesNotHaveDuplicates();

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
        assertThat(count(SUBJECTS.utterancesStream())).isEqualTo(letters);
        assertThat(count(SUBJECTS.deadLettersStream())).isZero();
    }

    private DecodeLoop decodeLoop(SimpleMeterRegistry metrics, AtomicReference<Recognition> answer) {
        return new DecodeLoop(new DecodeLoop.Parts(
                nats,
                SUBJECTS,
                JSON,
                new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC()),
                new Speculations(),
                () -> new FakeRecognizer(_ -> answer.get()),
                _ -> new DecodeLoop.Decoding(List.of(), List.of(), 5, Duration.ofSeconds(30)),
                new Ledger(metrics),
                Clock.systemUTC(),
                "worker-1",
                metrics,
                (_, _) -> {}));
    }
}
