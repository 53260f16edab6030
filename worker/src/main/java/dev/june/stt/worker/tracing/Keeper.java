package dev.june.stt.worker.tracing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * Decides which finished spans are sent: those of traces that were drawn, at once; those of the others when one of them turns out to
 * have failed or to be slow. Until then they are held, of the newest {@link #MAX_TRACES} traces; older ones are forgotten. Other workers
 * that hold spans of the same trace are told. Any thread.
 */
final class Keeper implements SpanProcessor {
    static final int MAX_TRACES = 1_000;

    /** An utterance leaves about eight; one that is retried for hours leaves more, of which the first ones are held. */
    static final int MAX_SPANS = 32;

    private final Consumer<ReadableSpan> out;
    private final Consumer<String> kept;

    @GuardedBy("this")
    private final SequencedMap<String, Held> held = new LinkedHashMap<>();

    private static final class Held {
        private final List<ReadableSpan> spans = new ArrayList<>();
        private boolean kept;
    }

    /**
     * @param out takes what is to be sent; does not wait
     * @param kept takes the id of a trace that is sent although it was not drawn, once; does not wait
     */
    Keeper(Consumer<ReadableSpan> out, Consumer<String> kept) {
        this.out = out;
        this.kept = kept;
    }

    /** Sends what is held of a trace and what will come of it: another worker found a reason. */
    void keep(String traceId) {
        release(traceId).forEach(out);
    }

    synchronized int traces() {
        return held.size();
    }

    @Override
    public void onEnd(ReadableSpan span) {
        SpanContext context = span.getSpanContext();
        if (context.isSampled()) {
            releaseIfHeld(context.getTraceId()).forEach(out); // it was kept by who sent the flag
            out.accept(span);
        } else if (span.getAttribute(TraceStep.KEEP) != null) {
            boolean first = !isKept(context.getTraceId());
            keep(context.getTraceId());
            out.accept(span);
            if (first) {
                kept.accept(context.getTraceId());
            }
        } else if (!hold(context.getTraceId(), span)) {
            out.accept(span);
        }
    }

    private synchronized boolean isKept(String traceId) {
        Held trace = held.get(traceId);
        return trace != null && trace.kept;
    }

    /** @return false: its trace is sent */
    private synchronized boolean hold(String traceId, ReadableSpan span) {
        Held trace = entry(traceId);
        if (trace.kept) {
            return false;
        }
        if (trace.spans.size() < MAX_SPANS) {
            trace.spans.add(span);
        }
        return true;
    }

    private synchronized List<ReadableSpan> releaseIfHeld(String traceId) {
        return held.containsKey(traceId) ? release(traceId) : List.of();
    }

    private synchronized List<ReadableSpan> release(String traceId) {
        Held trace = entry(traceId);
        List<ReadableSpan> spans = List.copyOf(trace.spans);
        trace.spans.clear();
        trace.kept = true;
        return spans;
    }

    @GuardedBy("this")
    private Held entry(String traceId) {
        Held trace = held.computeIfAbsent(traceId, _ -> new Held());
        if (held.size() > MAX_TRACES) {
            held.pollFirstEntry();
        }
        return trace;
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
        return false;
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public CompletableResultCode forceFlush() {
        return CompletableResultCode.ofSuccess();
    }
}
