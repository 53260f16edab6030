package dev.june.stt.worker.recognition;

import dev.june.stt.testing.Setup;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The models that the setup provides, and requests for them. */
public final class Models {
    public static final Path TINY_EN = Setup.path("models").resolve("ggml-tiny.en-q5_1.bin");
    public static final Path BASE = Setup.path("models").resolve("ggml-base-q5_1.bin");

    private Models() {}

    public static WhisperRecognizer recognizer(Path file, int states) {
        return recognizer(file, states, new CountedMetrics());
    }

    static WhisperRecognizer recognizer(Path file, int states, RecognitionMetrics metrics) {
        return WhisperRecognizer.open(
                WhisperLibrary.bundled(),
                new WhisperRecognizer.Options(
                        file.getFileName().toString(), file, false, states, 1, 1, Duration.ofMillis(300)),
                metrics);
    }

    static DecodeRequest request(String utteranceId, Priority priority, short[] samples, String language) {
        double seconds = samples.length / 16_000.0;
        return new DecodeRequest(
                utteranceId, priority, samples, language, List.of(), List.of(), new SpeechEvidence(seconds, 0.9));
    }
}
