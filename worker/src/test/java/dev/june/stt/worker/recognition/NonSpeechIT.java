package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.Recognition.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No words in sounds that are no speech. {@code -Djune.noise.minutes=30} for more of them. */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class NonSpeechIT {
    private static final double MINUTES = Double.parseDouble(System.getProperty("june.noise.minutes", "2"));

    /** The voice activity detection was fooled for a moment, or nothing would have been decoded at all. */
    private static final SpeechEvidence FOOLED = new SpeechEvidence(0.3, 0.55);

    @Test
    void theMultilingualModelPutsNoWordsIntoSounds() {
        assertThat(invented(Models.BASE)).isEmpty();
    }

    @Test
    void theSmallestModelPutsNoWordsIntoSounds() {
        assertThat(invented(Models.TINY_EN)).isEmpty();
    }

    private static List<String> invented(Path model) {
        List<String> invented = new ArrayList<>();
        try (WhisperRecognizer recognizer = Models.recognizer(model, 2)) {
            double heard = 0;
            for (long seed = 1; heard < MINUTES * 60; seed++) {
                double seconds = 1 + seed * 2.3 % 9;
                for (Map.Entry<String, short[]> sound :
                        Sounds.all(seconds, seed).entrySet()) {
                    DecodeRequest request = new DecodeRequest(
                            sound.getKey(), Priority.FINAL, sound.getValue(), "en", List.of(), List.of(), FOOLED);
                    if (recognizer.submit(request).result().join() instanceof Text text) {
                        invented.add(sound.getKey() + " of " + seconds + " s: " + text.text());
                    }
                    heard += seconds;
                }
            }
        }
        return invented;
    }
}
