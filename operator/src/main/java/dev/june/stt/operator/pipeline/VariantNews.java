package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.condition.Observation;
import dev.june.stt.operator.condition.Observation.Status;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineStatus;
import dev.june.stt.resource.VariantStatus;
import dev.june.stt.resource.VariantStatus.State;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;

/** Tells what was decided about variants: as a condition, as Events and as a metric. Any thread. */
final class VariantNews {
    private static final String DECISIONS = "stt_operator_variant_decisions_total";

    private final EventRecorder events;
    private final MeterRegistry meters;

    VariantNews(EventRecorder events, MeterRegistry meters) {
        this.events = events;
        this.meters = meters;
        for (State state : List.of(State.ABORTED, State.PROMOTED)) {
            count(state, 0);
        }
    }

    /** Once a decision is new in the status. */
    void tell(SttPipeline pipeline, SttPipelineStatus after) {
        for (VariantStatus now : decided(pipeline, after)) {
            boolean aborted = now.state() == State.ABORTED;
            events.record(
                    pipeline,
                    aborted ? EventRecorder.Type.WARNING : EventRecorder.Type.NORMAL,
                    aborted ? "VariantAborted" : "VariantPromoted",
                    "Variant " + now.name() + (aborted ? " gets no more rooms: " : " gets all new rooms: ")
                            + now.message());
            count(now.state(), 1);
        }
    }

    /** Variants about which something was decided that the status before does not say. */
    static List<VariantStatus> decided(SttPipeline pipeline, SttPipelineStatus after) {
        List<VariantStatus> before = Optional.ofNullable(pipeline.getStatus())
                .map(SttPipelineStatus::variants)
                .orElse(List.of());
        return after.variants().stream()
                .filter(now -> now.state() != State.COMPARING
                        && before.stream()
                                .noneMatch(then -> then.name().equals(now.name())
                                        && then.hash().equals(now.hash())
                                        && then.state() == now.state()))
                .toList();
    }

    /** Pure; empty for a pipeline without variants. */
    static Optional<Observation> observation(List<VariantStatus> variants) {
        if (variants.isEmpty()) {
            return Optional.empty();
        }
        List<VariantStatus> aborted =
                variants.stream().filter(each -> each.state() == State.ABORTED).toList();
        if (aborted.isEmpty()) {
            return Optional.of(new Observation(
                    ConditionType.VARIANT_ABORTED, Status.FALSE, "NoneAborted", "No variant was given up."));
        }
        return Optional.of(new Observation(
                ConditionType.VARIANT_ABORTED,
                Status.TRUE,
                "WorseThanPipeline",
                String.join(
                                " ",
                                aborted.stream()
                                        .map(each ->
                                                "Variant " + each.name() + " gets no more rooms: " + each.message())
                                        .toList())
                        + " Remove it, or change it to have it tried again."));
    }

    private void count(State state, double amount) {
        meters.counter(DECISIONS, "decision", state == State.ABORTED ? "aborted" : "promoted")
                .increment(amount);
    }
}
