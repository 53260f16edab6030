package dev.june.stt.worker.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * One step of an utterance on its way: a span of its trace, and the keys {@code trace.id}, {@code span.id} and {@code utterance} on
 * every log line that its thread writes meanwhile. Belongs to the thread that began it, which also closes it; may be nested. Never
 * fails, never waits. Holds ids and figures, and never what was said or by whom.
 */
public final class TraceStep implements AutoCloseable {
    /** On a span: why its trace is sent although it was not drawn, {@code error} or {@code slow}. */
    static final AttributeKey<String> KEEP = AttributeKey.stringKey("stt.keep");

    private static final AttributeKey<String> UTTERANCE = AttributeKey.stringKey("stt.utterance.id");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final ThreadLocal<@Nullable TraceStep> CURRENT = new ThreadLocal<>();

    private final SpanContext parent;
    private final Span span;
    private final @Nullable TraceStep outer;
    private final Map<String, @Nullable String> hiddenKeys = new LinkedHashMap<>();
    private boolean kept;

    private TraceStep(Stage stage, String utteranceId, @Nullable String traceparent, @Nullable Instant since) {
        Context context = Traceparent.parse(traceparent);
        parent = Traceparent.parent(context);
        SpanBuilder builder = Traces.tracer()
                .spanBuilder(stage.spanName())
                .setSpanKind(stage.kind)
                .setParent(context)
                .setAttribute(UTTERANCE, utteranceId);
        if (since != null) {
            builder.setStartTimestamp(since);
        }
        span = builder.startSpan();
        outer = CURRENT.get();
        CURRENT.set(this);
        SpanContext ids = span.getSpanContext();
        key("trace.id", ids.isValid() ? ids.getTraceId() : null);
        key("span.id", ids.isValid() ? ids.getSpanId() : null);
        key("utterance", utteranceId);
    }

    /**
     * Begins one now.
     *
     * @param traceparent what the step before wrote into its message; a trace of its own begins without
     */
    public static TraceStep begin(Stage stage, String utteranceId, @Nullable String traceparent) {
        return new TraceStep(stage, utteranceId, traceparent, null);
    }

    /** One that began before this thread came to it. */
    public static TraceStep begunAt(Instant since, Stage stage, String utteranceId, @Nullable String traceparent) {
        return new TraceStep(stage, utteranceId, traceparent, since);
    }

    /** Begins one within the step that this thread is in. */
    public static TraceStep within(Stage stage, String utteranceId) {
        return begin(
                stage, utteranceId, current().flatMap(TraceStep::traceparent).orElse(null));
    }

    /** The innermost step that this thread is in. */
    public static Optional<TraceStep> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /** A W3C header for the message or request that the next step gets. */
    public Optional<String> traceparent() {
        return Optional.ofNullable(Traceparent.of(span.getSpanContext(), kept));
    }

    /** The same for another try at this step. */
    public Optional<String> traceparentOfRetry() {
        return Optional.ofNullable(Traceparent.of(parent.isValid() ? parent : span.getSpanContext(), kept));
    }

    public TraceStep with(String attribute, String value) {
        span.setAttribute(attribute, value);
        return this;
    }

    public TraceStep with(String attribute, long value) {
        span.setAttribute(attribute, value);
        return this;
    }

    /** @param reason a fixed name */
    public void failed(String reason) {
        span.setStatus(StatusCode.ERROR, reason);
        span.setAttribute(ERROR, reason);
        keep("error");
    }

    /** @param took how long it took until now, for whoever waits for it */
    public void slowIf(Duration took) {
        if (Traces.isSlow(took)) {
            keep("slow");
        }
    }

    @Override
    public void close() {
        hiddenKeys.forEach(TraceStep::put);
        if (outer == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(outer);
        }
        span.end();
    }

    private void keep(String why) {
        kept = true;
        span.setAttribute(KEEP, why);
    }

    private void key(String name, @Nullable String value) {
        hiddenKeys.put(name, MDC.get(name));
        put(name, value);
    }

    private static void put(String name, @Nullable String value) {
        if (value == null) {
            MDC.remove(name);
        } else {
            MDC.put(name, value);
        }
    }
}
