package dev.june.stt.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** The golden messages are what the records say, for the worker's Jackson 3 and for the operator's Jackson 2. */
class MessagesTest {
    private static final JsonMapper JACKSON_3 = JsonMapper.builder().build();
    private static final ObjectMapper JACKSON_2 = new ObjectMapper();

    static Stream<Example> examples() {
        return Example.events().stream();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void jackson3ReadsAndWritesTheSame(Example example) {
        var type = JACKSON_3.getTypeFactory().constructParametricType(CloudEvent.class, example.dataType());
        CloudEvent<?> event = JACKSON_3.readValue(example.json(), type);
        assertThat(event.data()).isInstanceOf(example.dataType());
        assertThat(JACKSON_3.readTree(JACKSON_3.writeValueAsString(event)))
                .isEqualTo(JACKSON_3.readTree(example.json()));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void jackson2ReadsAndWritesTheSame(Example example) throws Exception {
        var type = JACKSON_2.getTypeFactory().constructParametricType(CloudEvent.class, example.dataType());
        CloudEvent<?> event = JACKSON_2.readValue(example.json(), type);
        assertThat(event.data()).isInstanceOf(example.dataType());
        assertThat(JACKSON_2.readTree(JACKSON_2.writeValueAsString(event)))
                .isEqualTo(JACKSON_2.readTree(example.json()));
    }

    @Test
    void aMessageMadeInCodeIsTheGoldenOne() {
        Origin origin = new Origin(
                "demo",
                "meetings",
                "Stand-up #3",
                new Origin.Participant("anna.schmidt@example.com", "PA_7hGk2mWq"),
                "TR_AMx4Yt9sQk");
        Transcript.Voided voided = new Transcript.Voided(
                "TR_AMx4Yt9sQk-000007",
                origin,
                7,
                Transcript.Outcome.DISCARDED,
                "repetition",
                new Transcript.Speech("2026-11-22T10:15:03.120Z", "2026-11-22T10:15:05.264Z", 41.376, 43.52),
                EndReason.MUTED,
                4,
                "meetings-worker-6c9d7-x2k4v",
                "");
        CloudEvent<Transcript.Voided> event = CloudEvent.of(
                CloudEvent.VOID, voided.utteranceId(), origin, Instant.parse("2026-11-22T10:15:05.912Z"), voided);

        Example golden = Example.all().stream()
                .filter(example -> example.kind().equals("void"))
                .findFirst()
                .orElseThrow();
        assertThat(JACKSON_3.readTree(JACKSON_3.writeValueAsString(event)))
                .isEqualTo(JACKSON_3.readTree(golden.json()));
    }

    @Test
    void everyKindOfMessageHasAGoldenOne() {
        assertThat(Example.all().stream().map(Example::kind).distinct())
                .containsExactlyInAnyOrderElementsOf(List.of("final", "void", "partial", "deadletter"));
    }
}
