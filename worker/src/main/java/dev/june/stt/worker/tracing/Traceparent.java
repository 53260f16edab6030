package dev.june.stt.worker.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The W3C header {@code traceparent}. It comes from outside: what is not one is no parent. Pure. */
final class Traceparent {
    private static final String NAME = "traceparent";

    private static final TextMapGetter<String> ALONE = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
            return List.of(NAME);
        }

        @Override
        public @Nullable String get(@Nullable String carrier, String key) {
            return key.equals(NAME) ? carrier : null;
        }
    };

    private Traceparent() {}

    /** A context to begin a span in: without a usable header one that has no parent. */
    static Context parse(@Nullable String header) {
        return header == null
                ? Context.root()
                : W3CTraceContextPropagator.getInstance().extract(Context.root(), header, ALONE);
    }

    /** @param kept whether the trace is sent, whatever was drawn for it */
    static @Nullable String of(SpanContext span, boolean kept) {
        return span.isValid()
                ? "00-" + span.getTraceId() + "-" + span.getSpanId() + (kept || span.isSampled() ? "-01" : "-00")
                : null;
    }

    static SpanContext parent(Context context) {
        return Span.fromContext(context).getSpanContext();
    }
}
