package dev.june.stt.worker.room;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.recognition.Recognizers;
import dev.june.stt.worker.vad.SpeechDetector;
import java.time.Clock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What every track needs, shared by all of a worker.
 *
 * @param sealed where utterances go when they are over
 * @param partials where partials go; never blocks, may lose them
 */
public record SessionParts(
        String namespace,
        String pipeline,
        String worker,
        SpeechDetector.Factory detectors,
        Recognizers recognizer,
        Supplier<SessionSettings> settings,
        LastNumber lastNumber,
        UtteranceSink sealed,
        Consumer<Transcript.Partial> partials,
        Speculations speculations,
        Ledger ledger,
        Clock clock) {
    /** The same, for a room of a variant. */
    SessionParts inVariant(String variant, Supplier<PipelineConfig> config) {
        return new SessionParts(
                namespace,
                pipeline,
                worker,
                detectors,
                () -> recognizer.of(variant),
                () -> SessionSettings.of(config.get(), variant),
                lastNumber,
                sealed,
                partials,
                speculations,
                ledger,
                clock);
    }

    /** The same, with another place for utterances that are over. */
    SessionParts sealingThrough(UtteranceSink sink) {
        return new SessionParts(
                namespace,
                pipeline,
                worker,
                detectors,
                recognizer,
                settings,
                lastNumber,
                sink,
                partials,
                speculations,
                ledger,
                clock);
    }
}
