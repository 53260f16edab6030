package dev.june.stt.worker.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;

/**
 * Draws which traces are sent whatever comes: by the trace's id where it begins, and by the flag that came along everywhere else. The
 * others are recorded too, because they may turn out to fail or to be slow. Any thread.
 */
final class Sampling implements Sampler {
    private volatile Sampler roots = Sampler.alwaysOff();
    private volatile boolean recording;

    /** @param recording false: there is nowhere to send traces to, they are ids in logs and headers alone */
    void change(boolean recording, double ratio) {
        this.roots = Sampler.traceIdRatioBased(ratio);
        this.recording = recording;
    }

    @Override
    public SamplingResult shouldSample(
            Context context,
            String traceId,
            String name,
            SpanKind kind,
            Attributes attributes,
            List<LinkData> parentLinks) {
        if (!recording) {
            return SamplingResult.drop();
        }
        SpanContext parent = Traceparent.parent(context);
        if (!parent.isValid()) {
            SamplingResult drawn = roots.shouldSample(context, traceId, name, kind, attributes, parentLinks);
            return drawn.equals(SamplingResult.recordAndSample()) ? drawn : SamplingResult.recordOnly();
        }
        return parent.isSampled() ? SamplingResult.recordAndSample() : SamplingResult.recordOnly();
    }

    @Override
    public String getDescription() {
        return "ByIdThenByFlag";
    }
}
