package dev.june.stt.worker.tracing;

import io.opentelemetry.api.trace.SpanKind;
import java.util.Locale;

/** Where an utterance is on its way, in that order. The names are those of the spans. */
public enum Stage {
    /** The root: from its first sample to the endpoint, on the worker that listened. */
    UTTERANCE(SpanKind.INTERNAL),
    /** The stretch in which speech was detected. */
    VAD(SpanKind.INTERNAL),
    /** From the last speech to the moment when it was over. */
    ENDPOINT(SpanKind.INTERNAL),
    /** From there through the spool into the UTTERANCES stream. */
    APPEND(SpanKind.PRODUCER),
    /** From when a worker took it to its transcript; what of the decode was done before is not in it. */
    DECODE(SpanKind.CONSUMER),
    /** Storing the transcript. */
    PUBLISH(SpanKind.PRODUCER),
    /** One attempt to post the transcript. */
    WEBHOOK(SpanKind.CLIENT);

    final SpanKind kind;

    Stage(SpanKind kind) {
        this.kind = kind;
    }

    String spanName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
