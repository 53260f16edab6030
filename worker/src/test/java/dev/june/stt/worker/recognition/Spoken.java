package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.Recognition.Text;
import dev.june.stt.worker.recognition.Recognition.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Words as a decoder might have said them. */
final class Spoken {
    private Spoken() {}

    /** Words of one token each, one every half second from a time on. */
    static List<SpokenWord> words(double start, String text) {
        List<SpokenWord> words = new ArrayList<>();
        double at = start;
        for (String word : text.split(" ", -1)) {
            words.add(new SpokenWord(" " + word, at, at + 0.4, 0.9, -0.1, 1));
            at += 0.5;
        }
        return words;
    }

    static List<SpokenWord> words(String text) {
        return words(0, text);
    }

    static Text text(String text) {
        return text(text, new Language("en", null, Source.DECLARED), -0.1);
    }

    static Text text(String text, Language language, double meanLogProbability) {
        return new Text(
                text,
                text.isEmpty() ? List.of() : SpokenWord.published(words(text)),
                language,
                meanLogProbability,
                null,
                new Timing(Duration.ZERO, Duration.ZERO));
    }
}
