package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.Model;
import dev.june.stt.worker.recognition.MicrometerRecognitionMetrics;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.WhisperRecognizer;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;

/** Loads and warms the recognizer that the configuration asks for. */
final class Recognizers {
    private Recognizers() {}

    static Recognizer load(Model model, WorkerSettings settings, MeterRegistry metrics) {
        Path file = settings.models().resolve("ggml-" + model.name() + "-" + model.quantization() + ".bin");
        Path own = settings.whisper().library();
        WhisperLibrary library = own == null ? WhisperLibrary.bundled() : WhisperLibrary.in(own);
        int states = WhisperRecognizer.statesFor(Runtime.getRuntime().availableProcessors(), model.threads());
        return WhisperRecognizer.open(
                library,
                new WhisperRecognizer.Options(
                        model.name(),
                        file,
                        model.device() == Model.Device.CUDA,
                        states,
                        model.threads(),
                        model.beamSize()),
                new MicrometerRecognitionMetrics(metrics));
    }
}
