package dev.june.stt.worker.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.Optional;

/**
 * The beginning of a trace, written down when the utterance is over: nothing is done for it while audio comes in.
 *
 * @param track LiveKit's id of the track, which names nobody
 * @param participant LiveKit's id of the participant, which names nobody
 * @param from wall clock of the first sample
 * @param speechStart wall clock of the first speech
 * @param speechEnd wall clock of the last speech
 * @param endedAt wall clock of the endpoint
 * @param reason why it was over, a fixed name
 */
public record PastSteps(
        String track,
        String participant,
        Instant from,
        Instant speechStart,
        Instant speechEnd,
        Instant endedAt,
        String reason) {
    private static final AttributeKey<String> TRACK = AttributeKey.stringKey("stt.track.sid");
    private static final AttributeKey<String> PARTICIPANT = AttributeKey.stringKey("stt.participant.sid");
    private static final AttributeKey<String> END_REASON = AttributeKey.stringKey("stt.end.reason");

    /** @return a W3C header for the step that comes next */
    public Optional<String> begin() {
        Attributes about = Attributes.of(TRACK, track, PARTICIPANT, participant, END_REASON, reason);
        Span root = span(Stage.UTTERANCE, Context.root(), from, about);
        Context within = Context.root().with(root);
        span(Stage.VAD, within, speechStart, Attributes.empty()).end(speechEnd);
        span(Stage.ENDPOINT, within, speechEnd, Attributes.empty()).end(endedAt);
        root.end(endedAt);
        return Optional.ofNullable(Traceparent.of(root.getSpanContext(), false));
    }

    private static Span span(Stage stage, Context parent, Instant start, Attributes about) {
        return Traces.tracer()
                .spanBuilder(stage.spanName())
                .setSpanKind(stage.kind)
                .setParent(parent)
                .setStartTimestamp(start)
                .setAllAttributes(about)
                .startSpan();
    }
}
