package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.june.stt.testing.Speech;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.Recognition.Text;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LanguageIT {
    private static final List<Speech> OTHERS =
            Speech.all().stream().filter(clip -> !clip.language().equals("en")).toList();

    @SuppressWarnings("NullAway.Init")
    private static WhisperRecognizer recognizer;

    @BeforeAll
    static void open() {
        recognizer = Models.recognizer(Models.BASE, 1);
    }

    @AfterAll
    static void close() {
        recognizer.close();
    }

    @Test
    void englishIsHeardAsEnglish() {
        Speech clip = Clips.ENGLISH.getLast();
        Text text = text(clip, List.of());
        assertThat(text.language().code()).isEqualTo("en");
        assertThat(text.language().source()).isEqualTo(Source.DETECTED);
        assertThat(text.language().probability()).isGreaterThan(0.6);
    }

    @Test
    void otherLanguagesAreHeardAndTheirWordsAreRight() {
        assumeThat(OTHERS)
                .as("the setup provides recordings in other languages than English")
                .isNotEmpty();
        WordErrors errors = WordErrors.NONE;
        for (Speech clip : OTHERS) {
            Text text = text(clip, List.of());
            assertThat(text.language().code()).as(clip.id()).isEqualTo(clip.language());
            assertThat(text.language().probability()).as(clip.id()).isGreaterThan(0.6);
            errors = errors.plus(WordErrors.of(clip.reference(), text.text()));
        }
        assertThat(errors.rate()).isLessThan(0.35); // what the model makes of them with the language declared
    }

    @Test
    void onlyAllowedLanguagesAreHeard() {
        Text text = text(Clips.ENGLISH.getLast(), List.of("de", "fr"));
        assertThat(text.language().code()).isIn("de", "fr");
    }

    @Test
    void oneAllowedLanguageIsTakenAsDeclared() {
        Text text = text(Clips.ENGLISH.getLast(), List.of("en"));
        assertThat(text.language().source()).isEqualTo(Source.DECLARED);
    }

    private static Text text(Speech clip, List<String> allowed) {
        DecodeRequest request = new DecodeRequest(
                clip.id(),
                Priority.FINAL,
                clip.samples(),
                "auto",
                allowed,
                List.of(),
                new SpeechEvidence(Clips.seconds(clip), 0.9));
        return (Text) recognizer.submit(request).result().join();
    }
}
