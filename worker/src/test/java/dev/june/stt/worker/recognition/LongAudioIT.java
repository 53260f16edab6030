package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Speech;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Recognition.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.MINUTES)
class LongAudioIT {
    /** Three minutes of sentences without a pause between them, in an order that is always the same. */
    @Test
    void noWordIsLostOrDoubledWherePiecesMeet() {
        Random random = new Random(1);
        List<short[]> audio = new ArrayList<>();
        List<String> said = new ArrayList<>();
        double seconds = 0;
        while (seconds < 180) {
            List<Speech> clips = new ArrayList<>(Clips.ENGLISH);
            Collections.shuffle(clips, random);
            for (Speech clip : clips) {
                audio.add(Clips.trimmed(clip));
                said.add(clip.reference());
                seconds += Clips.seconds(clip);
            }
        }
        short[] samples = Clips.joined(audio);
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            Text text = (Text) recognizer
                    .submit(Models.request("a", Priority.FINAL, samples, "en"))
                    .result()
                    .join();
            WordErrors errors = WordErrors.of(String.join(" ", said), text.text());
            System.out.printf("%.0f s, word error rate %.3f%n", samples.length / 16_000.0, errors.rate());
            assertThat(errors.rate()).isLessThan(0.10);
            List<Seams.Slip> atSeams = Seams.slips(WordErrors.words(String.join(" ", said)), text.words()).stream()
                    .filter(slip -> LongAudio.pieces(samples).stream()
                            .anyMatch(piece -> Math.abs(piece.cutSeconds() - slip.time()) < 2))
                    .toList();
            System.out.printf("%d seams, %s%n", LongAudio.pieces(samples).size() - 1, atSeams);
            // One mishearing there is the model's own: one word taken for two.
            assertThat(atSeams).as("words lost or doubled where pieces meet").hasSizeLessThanOrEqualTo(1);
            assertThat(text.words()).isSortedAccordingTo((a, b) -> Double.compare(a.start(), b.start()));
        }
    }
}
