package dev.june.stt.worker.deadletters;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.access.Scope;
import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.access.DoorRig;
import dev.june.stt.worker.delivery.Utterances;
import io.nats.client.JetStreamApiException;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dead letters to work on, and somebody who may. */
abstract class DeadLetterRig extends DoorRig {
    static final JsonMapper JSON = JsonMapper.shared();
    static final Subjects SUBJECTS = new Subjects("team-a", "meetings");
    static final String PATH = "/v1/deadletters";

    String key;

    @BeforeEach
    void admit() throws Exception {
        key = door.admit("on-call", Scope.values()).token();
        await(() -> door.get(PATH, key).statusCode() == 200);
    }

    final JsonNode get(String query) throws Exception {
        return answered(() -> door.get(PATH + query, key));
    }

    final JsonNode post(String path, String body) throws Exception {
        return answered(() -> door.post(PATH + path, key, body));
    }

    /** Comes back when it is told to, as NATS may take long on a busy machine. */
    static JsonNode answered(Callable<HttpResponse<String>> request) throws Exception {
        HttpResponse<String> answer = request.call();
        for (int tries = 0; tries < 60 && answer.statusCode() == 503; tries++) {
            Thread.sleep(500);
            answer = request.call();
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    static List<String> ids(JsonNode page) {
        List<String> ids = new ArrayList<>();
        page.path("deadLetters")
                .forEach(each -> ids.add(each.path("utteranceId").asString()));
        return ids;
    }

    final void dead(String stage, String id, String reason, byte[] payload) throws IOException, JetStreamApiException {
        publish(SUBJECTS.dead(stage, "daily", "ann", id), SUBJECTS.utterance("daily", "ann"), reason, payload);
    }

    final void publish(String subject, String original, String reason, byte[] payload)
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

    static byte[] payload(int number) {
        return Utterances.payload(id(number), number, Utterances.tone(4_000));
    }

    static String id(int number) {
        return "TR_a-%06d".formatted(number);
    }

    final long count(String stream) throws IOException, JetStreamApiException {
        return pipeline.messages(stream);
    }
}
