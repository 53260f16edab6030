package dev.june.stt.worker.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way to the collector, with one that works, one that is replaced, and one that is dead. */
class OutletIT {
    private static final Duration NEVER = Duration.ofDays(1);

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Traces traces = Traces.open(new Traces.Sender("team-a", "meetings", "w-0"), metrics, _ -> {});

    @AfterEach
    void close() {
        traces.close();
    }

    @Test
    void spansArriveWithTheirFiguresAndWhoSentThem() throws Exception {
        try (Collector collector = new Collector()) {
            sendTo(collector.endpoint(), 1);
            try (TraceStep step = TraceStep.begin(Stage.DECODE, "TR_a-000001", null)) {
                step.with("stt.decode.queued_ms", 7);
            }
            await(() -> collector.spans().size() == 1);
            Collector.Received span = collector.spans().getFirst();
            assertThat(span.name()).isEqualTo("decode");
            assertThat(span.attributes())
                    .containsEntry("stt.decode.queued_ms", "7")
                    .containsEntry("stt.utterance.id", "TR_a-000001");
            assertThat(span.resource())
                    .containsEntry("service.name", "june-stt-worker")
                    .containsEntry("service.instance.id", "w-0")
                    .containsEntry("stt.pipeline", "meetings");
            await(() -> spans("sent") == 1);
        }
    }

    @Test
    void anotherCollectorAndAnotherShareApplyAtOnce() throws Exception {
        try (Collector one = new Collector();
                Collector other = new Collector()) {
            sendTo(one.endpoint(), 1);
            step("TR_a-000001");
            await(() -> one.spans().size() == 1);
            sendTo(other.endpoint() + "/v1/traces", 1);
            step("TR_a-000002");
            await(() -> other.spans().size() == 1);
            sendTo(other.endpoint(), 0);
            step("TR_a-000003");
            sendTo(null, 1);
            step("TR_a-000004");
            sendTo(other.endpoint(), 1);
            step("TR_a-000005");
            await(() -> other.spans().size() == 2);
            assertThat(other.spans())
                    .extracting(span -> span.attributes().get("stt.utterance.id"))
                    .containsExactly("TR_a-000002", "TR_a-000005");
            assertThat(one.spans()).hasSize(1);
        }
    }

    @Test
    void aCollectorThatNeverAnswersHoldsNobodyUpAndWhatDoesNotFitIsCounted() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            sendTo("http://127.0.0.1:" + deaf.getLocalPort(), 1);
            int offered = 3 * Outlet.CAPACITY;
            for (int i = 0; i < offered; i++) {
                step("TR_a-" + i);
            }
            // All were offered and none arrived: they wait, are on their way, or were dropped.
            await(() -> spans("dropped") > 0);
            assertThat(spans("sent")).isZero();
            assertThat(metrics.get("stt_trace_queue_spans").gauge().value()).isLessThanOrEqualTo(Outlet.CAPACITY);
            traces.close();
        }
    }

    @Test
    void whatTheCollectorRefusesIsCounted() throws Exception {
        try (Collector collector = new Collector()) {
            collector.answer(400);
            sendTo(collector.endpoint(), 1);
            step("TR_a-000001");
            await(() -> spans("failed") == 1);
        }
    }

    @Test
    void anAddressThatIsNoneIsSaidAndHarmsNothing() {
        for (String endpoint : List.of("http://[", "ftp://collector", "http://")) {
            sendTo(endpoint, 1);
            step("TR_a-000001");
        }
        assertThat(spans("sent") + spans("failed") + spans("dropped")).isZero();
    }

    private void sendTo(@Nullable String endpoint, double ratio) {
        traces.apply(new Traces.Settings(endpoint, ratio, NEVER));
    }

    private static void step(String utterance) {
        TraceStep.begin(Stage.DECODE, utterance, null).close();
    }

    private double spans(String outcome) {
        return metrics.get("stt_trace_spans_total")
                .tag("outcome", outcome)
                .counter()
                .count();
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
