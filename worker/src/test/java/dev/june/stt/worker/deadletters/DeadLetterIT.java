package dev.june.stt.worker.deadletters;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.delivery.Utterances;
import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Dead letters are listed, inspected and heard, by real requests and with a real NATS server. */
class DeadLetterIT extends DeadLetterRig {
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
}
