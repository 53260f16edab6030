package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Speech;
import dev.june.stt.transcript.Transcript.Word;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Recognition.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where one recording ends and the next begins is known to the sample, so the words at that place show how good their times are. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WordTimesIT {
    private static final double GAP_SECONDS = 0.5;

    @Test
    void wordsAtAPauseEndAndBeginWhereTheRecordingsDo() {
        List<Speech> clips = Clips.shortOnes(5);
        List<Double> errors = new ArrayList<>();
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 2)) {
            for (int i = 1; i < clips.size(); i++) {
                short[] first = Clips.trimmed(clips.get(i - 1));
                short[] second = Clips.trimmed(clips.get(i));
                short[] samples = Clips.joined(List.of(first, Clips.silence(GAP_SECONDS), second));
                Text text = (Text) recognizer
                        .submit(Models.request("a", Priority.FINAL, samples, "en"))
                        .result()
                        .join();
                double end = first.length / 16_000.0;
                errors.addAll(errors(text.words(), end, end + GAP_SECONDS));
            }
        }
        System.out.println("distance of words from the pause, in seconds: " + errors);
        assertThat(errors).allSatisfy(error -> assertThat(error).isEqualTo(0, Offset.offset(0.3)));
    }

    /** How far from the pause the last word before it ends and the first one after it begins. */
    private static List<Double> errors(List<Word> words, double end, double begin) {
        double middle = (end + begin) / 2;
        Word before = words.stream()
                .filter(word -> (word.start() + word.end()) / 2 < middle)
                .reduce((_, later) -> later)
                .orElseThrow();
        Word after = words.stream()
                .filter(word -> (word.start() + word.end()) / 2 >= middle)
                .findFirst()
                .orElseThrow();
        return List.of(before.end() - end, after.start() - begin);
    }
}
