package dev.june.stt.worker.tracing;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The traces of this process: it has one such object at a time, as it has one logging, and until that is there steps leave no trace.
 * Follows the configuration. Any thread.
 */
public final class Traces implements AutoCloseable {
    private static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);
    private static final Tracer NONE = TracerProvider.noop().get("");

    private static volatile Tracer tracer = NONE;
    private static volatile Duration slow = NEVER;

    private final Sampling sampling = new Sampling();
    private final Outlet outlet;
    private final Keeper keeper;
    private final SdkTracerProvider provider;

    /** Who sends them: names of ours, none of strangers. */
    public record Sender(String namespace, String pipeline, String worker) {}

    /**
     * What is sent where.
     *
     * @param endpoint of the collector; absent: traces are ids in logs and headers alone
     * @param ratio share of traces that are sent whatever comes, from 0 to 1
     * @param slowerThan an utterance that takes longer is sent in any case
     */
    public record Settings(@Nullable String endpoint, double ratio, Duration slowerThan) {}

    private Traces(Sender sender, MeterRegistry metrics, Consumer<String> kept) {
        outlet = new Outlet(metrics);
        keeper = new Keeper(outlet::accept, kept);
        Gauge.builder("stt_trace_held_traces", keeper, Keeper::traces)
                .description("Traces that are sent only if they fail or turn out slow, as far as they are remembered")
                .register(metrics);
        provider = SdkTracerProvider.builder()
                .setResource(Resource.create(Attributes.builder()
                        .put("service.name", "june-stt-worker")
                        .put("service.instance.id", sender.worker())
                        .put("k8s.namespace.name", sender.namespace())
                        .put("stt.pipeline", sender.pipeline())
                        .build()))
                .setSampler(sampling)
                .addSpanProcessor(keeper)
                .build();
    }

    /** @param kept takes the id of a trace of which other workers may hold a part, to be told to {@link #keep} there; does not wait */
    public static Traces open(Sender sender, MeterRegistry metrics, Consumer<String> kept) {
        Traces traces = new Traces(sender, metrics, kept);
        tracer = traces.provider.get("dev.june.stt");
        return traces;
    }

    public void apply(Settings settings) {
        outlet.to(settings.endpoint());
        sampling.change(settings.endpoint() != null, settings.ratio());
        slow = settings.slowerThan();
    }

    /** Another worker found that this trace is to be sent: what is held of it here is sent too. */
    public void keep(String traceId) {
        keeper.keep(traceId);
    }

    @Override
    public void close() {
        tracer = NONE;
        slow = NEVER;
        outlet.close();
        provider.close();
    }

    static Tracer tracer() {
        return tracer;
    }

    static boolean isSlow(Duration took) {
        return took.compareTo(slow) > 0;
    }
}
