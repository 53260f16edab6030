package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.rollout.Trial;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

/** Counts what the operator does by itself. Labels come from fixed sets; no pipeline has one of its own. Any thread. */
final class Tally {
    private final MeterRegistry meters;
    private final Map<ResourceID, Workers> workers = new ConcurrentHashMap<>();

    Tally(MeterRegistry meters) {
        this.meters = meters;
        Gauge.builder("stt_operator_pipelines", workers, Map::size)
                .description("Pipelines that are looked after")
                .register(meters);
        Gauge.builder("stt_operator_workers_wanted", this, tally -> tally.sum(Workers::wanted))
                .description("Workers wanted, of all pipelines")
                .register(meters);
        Gauge.builder("stt_operator_workers_ready", this, tally -> tally.sum(Workers::ready))
                .description("Workers ready, of all pipelines")
                .register(meters);
    }

    private record Workers(int wanted, int ready) {}

    /** @param before what was decided on the pipeline last */
    void decided(ResourceID pipeline, Decision before, Decision after, int ready) {
        boolean first = workers.put(pipeline, new Workers(after.replicas(), ready)) == null;
        if (!first && after.replicas() != before.replicas()) {
            Counter.builder("stt_operator_scalings")
                    .description("Decisions for another number of workers than before")
                    .tag("direction", after.replicas() > before.replicas() ? "up" : "down")
                    .tag("reason", after.reason().toString())
                    .register(meters)
                    .increment();
        }
    }

    void forget(ResourceID pipeline) {
        workers.remove(pipeline);
    }

    /** @param reason of {@link Healing.Trouble} */
    void healed(String reason) {
        Counter.builder("stt_operator_heals")
                .description("Workers replaced because they did not get well by themselves")
                .tag("reason", reason)
                .register(meters)
                .increment();
    }

    void consumerRecreated() {
        Counter.builder("stt_operator_consumers_recreated")
                .description("Consumers that gave out nothing although messages and workers waited, and were made anew")
                .register(meters)
                .increment();
    }

    /** @param what {@code pods} or {@code configuration} */
    void rolledBack(String what, Trial before, Trial after) {
        if (before.refused().isEmpty() && after.refused().isPresent()) {
            Counter.builder("stt_operator_rollbacks")
                    .description("Returns to what worked last, of pod templates and of configuration documents")
                    .tag("what", what)
                    .register(meters)
                    .increment();
        }
    }

    private int sum(ToIntFunction<Workers> figure) {
        return workers.values().stream().mapToInt(figure).sum();
    }
}
