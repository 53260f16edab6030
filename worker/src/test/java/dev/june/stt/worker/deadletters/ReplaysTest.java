package dev.june.stt.worker.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Subjects;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReplaysTest {
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");

    @Test
    void whatIsPutBackBelongsToTheTraceThatItHad() {
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assertThat(replayed(new Headers().add("traceparent", trace))
                        .getHeaders()
                        .getFirst("traceparent"))
                .isEqualTo(trace);
        assertThat(replayed(new Headers()).getHeaders().getFirst("traceparent")).isNull();
    }

    private static Message replayed(Headers headers) {
        headers.add("June-Subject", SUBJECTS.utterance("daily", "ann"));
        String subject = SUBJECTS.dead("decode", "daily", "ann", "TR_a-000001");
        return Replays.of(DeadLetter.of(1, subject, Instant.EPOCH, headers, 0), new byte[0], SUBJECTS);
    }
}
