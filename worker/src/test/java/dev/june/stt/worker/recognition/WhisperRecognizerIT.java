package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Speech;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Recognition.Text;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WhisperRecognizerIT {
    private static final List<Speech> ENGLISH =
            Speech.all().stream().filter(clip -> clip.language().equals("en")).toList();

    @Test
    void theWordsOfRecordedSpeechAreRight() {
        assertThat(wordErrorRate(Models.BASE)).isLessThanOrEqualTo(0.10);
    }

    @Test
    void theWordsOfRecordedSpeechAreRightWithTheSmallestModel() {
        assertThat(wordErrorRate(Models.TINY_EN)).isLessThanOrEqualTo(0.10);
    }

    private static double wordErrorRate(Path model) {
        WordErrors errors = WordErrors.NONE;
        try (WhisperRecognizer recognizer = Models.recognizer(model, 1)) {
            for (Speech clip : ENGLISH) {
                Recognition recognition = recognizer
                        .submit(Models.request(clip.id(), Priority.FINAL, clip.samples(), "en"))
                        .result()
                        .join();
                assertThat(recognition).as(clip.id()).isInstanceOf(Text.class);
                errors = errors.plus(WordErrors.of(clip.reference(), ((Text) recognition).text()));
            }
        }
        System.out.printf("%s: word error rate %.3f%n", model.getFileName(), errors.rate());
        return errors.rate();
    }
}
