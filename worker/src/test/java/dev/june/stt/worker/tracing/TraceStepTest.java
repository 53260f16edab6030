package dev.june.stt.worker.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/** Steps as the rest of the worker sees them, with nowhere to send them to. */
class TraceStepTest {
    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    private Traces traces;

    @BeforeEach
    void open() {
        traces = Traces.open(new Traces.Sender("team-a", "meetings", "w-0"), new SimpleMeterRegistry(), _ -> {});
        traces.apply(new Traces.Settings(null, 0, Duration.ofSeconds(5)));
    }

    @AfterEach
    void close() {
        traces.close();
    }

    @Test
    void logLinesOfAThreadNameTheStepItIsInAndThatAlone() {
        try (TraceStep outer = TraceStep.begin(Stage.DECODE, "TR_a-000001", PARENT)) {
            String span = MDC.get("span.id");
            assertThat(MDC.get("trace.id")).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
            assertThat(MDC.get("utterance")).isEqualTo("TR_a-000001");
            assertThat(outer.traceparent().orElseThrow()).contains("-" + span + "-");
            try (TraceStep inner = TraceStep.within(Stage.PUBLISH, "TR_a-000001")) {
                assertThat(MDC.get("trace.id")).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
                assertThat(MDC.get("span.id")).isNotEqualTo(span);
                assertThat(TraceStep.current()).contains(inner);
            }
            assertThat(MDC.get("span.id")).isEqualTo(span);
            assertThat(TraceStep.current()).contains(outer);
        }
        assertThat(MDC.get("trace.id")).isNull();
        assertThat(MDC.get("utterance")).isNull();
        assertThat(TraceStep.current()).isEmpty();
    }

    @Test
    void whatFailsOrIsSlowSaysSoToEveryStepThatFollows() {
        try (TraceStep step = TraceStep.begin(Stage.DECODE, "TR_a-000001", PARENT)) {
            step.slowIf(Duration.ofSeconds(5));
            assertThat(step.traceparent().orElseThrow()).endsWith("-00");
            step.slowIf(Duration.ofSeconds(6));
            assertThat(step.traceparent().orElseThrow()).endsWith("-01");
        }
        try (TraceStep step = TraceStep.begin(Stage.WEBHOOK, "TR_a-000001", PARENT)) {
            step.failed("timeout");
            assertThat(step.traceparentOfRetry())
                    .as("the next attempt stands beside this one")
                    .contains("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "00-zz-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736"})
    void aHeaderThatIsNoneBeginsATraceOfItsOwn(@Nullable String header) {
        try (TraceStep step = TraceStep.begin(Stage.DECODE, "TR_a-000001", header)) {
            assertThat(step.traceparent().orElseThrow()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]");
        }
    }

    @Test
    void withoutTracesStepsLeaveNone() {
        traces.close();
        try (TraceStep step = TraceStep.begin(Stage.DECODE, "TR_a-000001", null)) {
            step.failed("loop");
            assertThat(step.traceparent()).isEmpty();
            assertThat(MDC.get("trace.id")).isNull();
            assertThat(MDC.get("utterance")).isEqualTo("TR_a-000001");
        }
    }
}
