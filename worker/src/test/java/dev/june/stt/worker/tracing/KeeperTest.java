package dev.june.stt.worker.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeeperTest {
    private final List<String> sent = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final Keeper keeper = new Keeper(this::send, told::add);
    private final Sampling sampling = new Sampling();
    private final Tracer tracer = SdkTracerProvider.builder()
            .setSampler(sampling)
            .addSpanProcessor(keeper)
            .build()
            .get("test");

    @Test
    void aTraceThatWasDrawnIsSentAtOnce() {
        sampling.change(true, 1);
        Span root = span("root", Context.root());
        span("child", Context.root().with(root)).end();
        root.end();
        assertThat(sent).containsExactly("child", "root");
        assertThat(told).isEmpty();
    }

    @Test
    void oneThatWasNotDrawnIsHeldUntilOneOfItsStepsFailsAndThenSentWholeWithWhatFollows() {
        sampling.change(true, 0);
        Span root = span("root", Context.root());
        Context within = Context.root().with(root);
        span("fine", within).end();
        root.end();
        assertThat(sent).isEmpty();

        failed(span("failed", within)).end();
        span("after", within).end();

        assertThat(sent).containsExactly("fine", "root", "failed", "after");
        assertThat(told).containsExactly(root.getSpanContext().getTraceId());
    }

    @Test
    void othersAreToldOnce() {
        sampling.change(true, 0);
        Span root = span("root", Context.root());
        Context within = Context.root().with(root);
        failed(span("one", within)).end();
        failed(span("two", within)).end();
        assertThat(told).hasSize(1);
    }

    @Test
    void whatAnotherWorkerKeepsIsSentAndNotToldAgain() {
        sampling.change(true, 0);
        Span root = span("root", Context.root());
        root.end();
        keeper.keep(root.getSpanContext().getTraceId());
        failed(span("later", Context.root().with(root))).end();
        assertThat(sent).containsExactly("root", "later");
        assertThat(told).isEmpty();
    }

    @Test
    void theFlagOfAKeptTraceSendsWhatIsHeldOfIt() {
        sampling.change(true, 0);
        Span root = span("root", Context.root());
        root.end();
        String kept = Traceparent.of(root.getSpanContext(), true);
        span("next", Traceparent.parse(kept)).end();
        assertThat(sent).containsExactly("root", "next");
    }

    @Test
    void theOldestOfTooManyTracesIsForgotten() {
        sampling.change(true, 0);
        Span first = span("first", Context.root());
        first.end();
        for (int i = 0; i < Keeper.MAX_TRACES; i++) {
            span("other", Context.root()).end();
        }
        assertThat(keeper.traces()).isEqualTo(Keeper.MAX_TRACES);
        failed(span("failed", Context.root().with(first))).end();
        assertThat(sent).containsExactly("failed");
    }

    @Test
    void aTraceThatNeverEndsHoldsABoundedNumberOfSpans() {
        sampling.change(true, 0);
        Context within = Context.root().with(span("root", Context.root()));
        for (int i = 0; i < 10 * Keeper.MAX_SPANS; i++) {
            span("step", within).end();
        }
        failed(span("failed", within)).end();
        assertThat(sent).hasSize(Keeper.MAX_SPANS + 1);
    }

    @Test
    void withoutACollectorNothingIsRecordedAndIdsAreThereForLogs() {
        sampling.change(false, 1);
        Span root = span("root", Context.root());
        failed(root).end();
        assertThat(root.getSpanContext().isValid()).isTrue();
        assertThat(root.isRecording()).isFalse();
        assertThat(sent).isEmpty();
        assertThat(keeper.traces()).isZero();
    }

    private Span span(String name, Context parent) {
        return tracer.spanBuilder(name).setParent(parent).startSpan();
    }

    private static Span failed(Span span) {
        return span.setAttribute(TraceStep.KEEP, "error");
    }

    private void send(ReadableSpan span) {
        sent.add(span.getName());
    }
}
