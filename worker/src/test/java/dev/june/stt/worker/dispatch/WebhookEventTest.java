package dev.june.stt.worker.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.transcript.Subjects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookEventTest {
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");

    @Test
    void theBodyIsTheDataByteForByte() {
        String data = "{ \"text\" : \"Grüße\",\"sequence\":7, \"words\":[{\"data\":{}}] }";
        WebhookEvent event = event("""
                {"specversion":"1.0","id":"TR_a-000007","source":"/namespaces/team-a/pipelines/meetings",
                 "type":"dev.june.stt.transcript.final.v1","datacontenttype":"application/json",
                 "data": %s , "subject":"Stand-up #3/ann.b","time":"2026-11-24T12:00:00Z","extra":{"deep":[1]},"retries":2}
                """.formatted(data));

        assertThat(new String(event.body(), UTF_8)).isEqualTo(data);
        assertThat(event.headers())
                .containsEntry("ce-specversion", "1.0")
                .containsEntry("ce-id", "TR_a-000007")
                .containsEntry("ce-source", "/namespaces/team-a/pipelines/meetings")
                .containsEntry("ce-type", "dev.june.stt.transcript.final.v1")
                .containsEntry("ce-subject", "Stand-up%20#3/ann.b")
                .containsEntry("ce-retries", "2")
                .doesNotContainKeys("ce-datacontenttype", "ce-data", "ce-extra");
    }

    @Test
    void noNameFromOutsideCanBreakAHeader() {
        WebhookEvent event = event("""
                {"specversion":"1.0","id":"i","source":"s","type":"t","subject":"a\\r\\nx: y\\"%é","data":{}}
                """);
        assertThat(event.headers()).containsEntry("ce-subject", "a%0D%0Ax:%20y%22%25%C3%A9");
    }

    @Test
    void theIdIsTheSameByEveryWayAndAnotherForEveryPipeline() {
        String id = WebhookEvent.idOf(SUBJECTS, "TR_a-000007");
        assertThat(id).isEqualTo("team-a:meetings:TR_a-000007");
        assertThat(WebhookEvent.idOf(new Subjects("team-a", "other"), "TR_a-000007"))
                .isNotEqualTo(id);
    }

    @Test
    void aFinalThatFollowsAVoidIsNoRepetitionOfIt() {
        assertThat(WebhookEvent.idOf(SUBJECTS, "TR_a-000007/replay/1"))
                .isNotEqualTo(WebhookEvent.idOf(SUBJECTS, "TR_a-000007"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "secret words",
                "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"s\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"s\",\"data\":{}}",
                "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"s\",\"type\":\"t\",\"data\":{\"secret\""
            })
    void whatIsNoEventIsSaidWithoutItsContent(String payload) {
        assertThatThrownBy(() -> event(payload))
                .isInstanceOf(WebhookEvent.MalformedEvent.class)
                .message()
                .doesNotContain("secret");
    }

    private static WebhookEvent event(String payload) {
        return WebhookEvent.of(SUBJECTS, payload.getBytes(UTF_8));
    }
}
