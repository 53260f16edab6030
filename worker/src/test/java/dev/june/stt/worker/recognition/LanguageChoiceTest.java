package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LanguageChoiceTest {
    private static final List<String> KNOWN = List.of("en", "de", "fr", "es");

    @Test
    void aDeclaredLanguageLeavesNothingOpen() {
        LanguageChoice choice = LanguageChoice.of(request("de", List.of("en")), KNOWN);
        assertThat(choice.isOpen()).isFalse();
        assertThat(choice.language()).isEqualTo(new Language("de", null, Source.DECLARED));
    }

    @Test
    void anEnglishOnlyModelLeavesNothingOpen() {
        LanguageChoice choice = LanguageChoice.of(request("auto", List.of("de", "fr")), List.of());
        assertThat(choice.isOpen()).isFalse();
        assertThat(choice.first()).isEqualTo("en");
    }

    @Test
    void onlyAllowedLanguagesAreChosenAmongAndShareTheProbability() {
        LanguageChoice choice = LanguageChoice.of(request("auto", List.of("fr", "de", "xx")), KNOWN);
        Language language = choice.likeliest(Map.of("en", 0.6, "de", 0.3, "fr", 0.1));
        assertThat(language).isEqualTo(new Language("de", 0.3 / 0.4, Source.DETECTED));
    }

    @Test
    void withoutAListAllLanguagesOfTheModelAreAllowedAndEnglishIsTriedFirst() {
        LanguageChoice choice = LanguageChoice.of(request("auto", List.of()), KNOWN);
        assertThat(choice.candidates()).isEqualTo(KNOWN);
        assertThat(choice.first()).isEqualTo("en");
        assertThat(choice.likeliest(Map.of()).code()).isEqualTo("en");
    }

    @Test
    void theFirstAllowedLanguageIsTriedFirstIfEnglishIsNotAllowed() {
        assertThat(LanguageChoice.of(request("auto", List.of("fr", "de")), KNOWN)
                        .first())
                .isEqualTo("fr");
    }

    @Test
    void oneAllowedLanguageIsAsGoodAsDeclared() {
        assertThat(LanguageChoice.of(request("auto", List.of("fr")), KNOWN).isOpen())
                .isFalse();
    }

    private static DecodeRequest request(String language, List<String> allowed) {
        return new DecodeRequest(
                "u", Priority.FINAL, new short[0], language, allowed, List.of(), new SpeechEvidence(4, 0.9));
    }
}
