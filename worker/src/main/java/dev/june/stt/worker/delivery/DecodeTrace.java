package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.tracing.Stage;
import dev.june.stt.worker.tracing.TraceStep;
import io.nats.client.Message;

/** The decode as a step of its utterance's trace. Whatever is stored while a thread is in it belongs to it. */
final class DecodeTrace {
    private DecodeTrace() {}

    /** The stream gave the utterance to this worker. */
    static TraceStep begin(Message message, NumberedUtterance utterance) {
        String trace = DeadLetters.header(message.getHeaders(), MessageHeaders.TRACEPARENT);
        return TraceStep.begin(Stage.DECODE, utterance.id(), trace.isEmpty() ? null : trace)
                .with("stt.delivery.count", message.metaData().deliveredCount());
    }

    /** Its decode was begun before it was appended, by the worker that listened. */
    static TraceStep begin(NumberedUtterance.Header utterance) {
        return TraceStep.begin(
                        Stage.DECODE,
                        utterance.utteranceId(),
                        utterance.sealed().traceparent())
                .with("stt.decode.early", "true");
    }

    /** What came of it, told before anything is stored, so that what is stored says whether its trace is kept. */
    static void ended(Recognition recognition) {
        TraceStep.current().ifPresent(step -> {
            switch (recognition) {
                case Recognition.Text text -> timed(step, "text", text.timing());
                case Recognition.NoWords none -> timed(step, "no_words", none.timing());
                case Recognition.Suppressed suppressed -> timed(step, suppressed.guard(), suppressed.timing());
                case Recognition.Failed failed -> step.failed(failed.reason());
                case Recognition.Dropped _ -> {}
            }
        });
    }

    /** The decode may never end. */
    static void gaveUp() {
        TraceStep.current().ifPresent(step -> step.failed("not_in_time"));
    }

    private static void timed(TraceStep step, String outcome, Recognition.Timing timing) {
        step.with("stt.decode.outcome", outcome)
                .with("stt.decode.queued_ms", timing.queued().toMillis())
                .with("stt.decode.decoded_ms", timing.decoded().toMillis());
    }
}
