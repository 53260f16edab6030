package dev.june.stt.worker.tracing;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends spans to the collector by OTLP over HTTP, in batches, on a thread of its own, behind a queue of {@link #CAPACITY}. When that is
 * full because the collector is slow or gone, spans are dropped and counted; nobody ever waits for it. Any thread.
 */
final class Outlet implements AutoCloseable {
    static final int CAPACITY = 2_048;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration LAST = Duration.ofSeconds(5);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Logger log = LoggerFactory.getLogger(Outlet.class);
    private static final String PATH = "/v1/traces";

    private final Counter sent;
    private final Counter failed;
    private final Counter dropped;
    private volatile @Nullable Line line;

    Outlet(MeterRegistry metrics) {
        sent = counter(metrics, "sent");
        failed = counter(metrics, "failed");
        dropped = counter(metrics, "dropped");
        Gauge.builder("stt_trace_queue_spans", this, Outlet::waiting)
                .description("Spans that wait to be sent to the collector")
                .register(metrics);
    }

    /** From now on they go there; null: nowhere. What waits still goes where it was to go, if that answers. */
    synchronized void to(@Nullable String endpoint) {
        Line before = line;
        if (before == null ? endpoint == null : before.endpoint.equals(endpoint)) {
            return;
        }
        line = endpoint == null ? null : lineTo(endpoint);
        if (before != null) {
            var _ = before.processor.shutdown();
        }
    }

    void accept(ReadableSpan span) {
        Line to = line;
        if (to != null && !to.offer(span)) {
            dropped.increment();
        }
    }

    /** Sends what waits, as far as the time goes. */
    @Override
    public void close() {
        Line last = line;
        line = null;
        if (last != null) {
            last.processor.shutdown().join(LAST.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private @Nullable Line lineTo(String endpoint) {
        try {
            return new Line(endpoint);
        } catch (IllegalArgumentException e) {
            log.error(
                    "spec.observability.tracing.otlpEndpoint: expected an http or https URL of a collector; no traces are sent ({})",
                    e.getMessage());
            return null;
        }
    }

    private int waiting() {
        Line to = line;
        return to == null ? 0 : to.waiting.get();
    }

    private static String address(String endpoint) {
        String base = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        return base.endsWith(PATH) ? base : base + PATH;
    }

    private static Counter counter(MeterRegistry metrics, String outcome) {
        return Counter.builder("stt_trace_spans_total")
                .tag("outcome", outcome)
                .description(
                        "Spans that the collector took, that it did not take, and that were dropped because too many waited")
                .register(metrics);
    }

    /** The way to one collector. Counts what waits itself: the library's processor tells nobody what it drops. */
    private final class Line implements SpanExporter {
        private final String endpoint;
        private final AtomicInteger waiting = new AtomicInteger();
        private final SpanExporter exporter;
        private final BatchSpanProcessor processor;

        private Line(String endpoint) {
            this.endpoint = endpoint;
            this.exporter = OtlpHttpSpanExporter.builder()
                    .setEndpoint(address(endpoint))
                    .setTimeout(ANSWER)
                    .setConnectTimeout(CONNECT)
                    .setCompression("gzip")
                    .build();
            this.processor = BatchSpanProcessor.builder(this)
                    .setMaxQueueSize(CAPACITY)
                    .setScheduleDelay(PERIOD)
                    .setExporterTimeout(ANSWER.multipliedBy(3))
                    .setExportUnsampledSpans(true) // the keeper has decided
                    .build();
        }

        private boolean offer(ReadableSpan span) {
            if (waiting.incrementAndGet() > CAPACITY) {
                waiting.decrementAndGet();
                return false;
            }
            processor.onEnd(span);
            return true;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            int count = spans.size();
            waiting.addAndGet(-count);
            CompletableResultCode result = exporter.export(spans);
            return result.whenComplete(() -> (result.isSuccess() ? sent : failed).increment(count));
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }
    }
}
