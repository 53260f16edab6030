package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.LanguagePolicy.Known;
import dev.june.stt.worker.recognition.Recognition.Text;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanguagePolicyTest {
    private static final LanguagePolicy AUTO = new LanguagePolicy("auto", List.of());
    private static final double LONG = 3.5;
    private static final double SHORT = 1.5;

    @Test
    void aDeclaredLanguageIsUsedAndNothingIsLearnt() {
        LanguagePolicy declared = new LanguagePolicy("de", List.of());
        assertThat(declared.request(Known.NOTHING, LONG)).isEqualTo("de");
        assertThat(declared.after(Known.NOTHING, detected("fr", 0.99, -0.1), LONG, true))
                .isEqualTo(Known.NOTHING);
        Text text = decodedAs("de", -0.1);
        assertThat(declared.reported(Known.NOTHING, text)).isEqualTo(new Language("de", null, Source.DECLARED));
    }

    @Test
    void aLanguageHeardLongEnoughIsLocked() {
        Known known = AUTO.after(Known.NOTHING, detected("fr", 0.7, -0.1), LONG, true);
        assertThat(AUTO.request(known, LONG)).isEqualTo("fr");
        assertThat(AUTO.reported(known, decodedAs("fr", -0.1))).isEqualTo(new Language("fr", 0.7, Source.LOCKED));
    }

    @Test
    void aPartialCanSettleTheLanguage() {
        Known known = AUTO.after(Known.NOTHING, detected("fr", 0.7, -0.1), LONG, false);
        assertThat(AUTO.request(known, SHORT)).isEqualTo("fr");
    }

    @Test
    void whatIsDetectedInShortSpeechIsReportedButNotLocked() {
        Text text = detected("fr", 0.99, -0.1);
        Known known = AUTO.after(Known.NOTHING, text, SHORT, true);
        assertThat(AUTO.request(known, SHORT)).isEqualTo("auto");
        assertThat(AUTO.reported(Known.NOTHING, text)).isEqualTo(new Language("fr", 0.99, Source.DETECTED));
    }

    @Test
    void anUnlikelyLanguageIsNotLocked() {
        Known known = AUTO.after(Known.NOTHING, detected("fr", 0.59, -0.1), LONG, true);
        assertThat(AUTO.request(known, LONG)).isEqualTo("auto");
    }

    @Test
    void twoDoubtfulFinalsInARowAskAgainOnceThereIsEnoughSpeech() {
        Known known = doubted(locked("fr"));
        assertThat(AUTO.request(known, SHORT)).isEqualTo("fr");
        assertThat(AUTO.request(known, LONG)).isEqualTo("auto");
    }

    @Test
    void aGoodFinalBetweenThemTakesTheDoubtBack() {
        Known known = AUTO.after(locked("fr"), decodedAs("fr", -0.9), LONG, true);
        known = AUTO.after(known, decodedAs("fr", -0.2), LONG, true);
        known = AUTO.after(known, decodedAs("fr", -0.9), LONG, true);
        assertThat(AUTO.request(known, LONG)).isEqualTo("fr");
    }

    @Test
    void partialsRaiseNoDoubts() {
        Known known = locked("fr");
        for (int i = 0; i < 5; i++) {
            known = AUTO.after(known, decodedAs("fr", -2), LONG, false);
        }
        assertThat(AUTO.request(known, LONG)).isEqualTo("fr");
    }

    @Test
    void onlyStrongEvidenceSwitches() {
        Known known = doubted(locked("fr"));
        assertThat(language(AUTO.after(known, detected("es", 0.95, -0.3), LONG, true)))
                .isEqualTo("es");
        assertThat(language(AUTO.after(known, detected("es", 0.85, -0.3), LONG, true)))
                .isEqualTo("fr");
        assertThat(language(AUTO.after(known, detected("es", 0.95, -1.0), LONG, true)))
                .isEqualTo("fr");
        assertThat(language(AUTO.after(known, detected("es", 0.95, -0.3), SHORT, true)))
                .isEqualTo("fr");
    }

    @Test
    void afterALookTheDoubtIsGone() {
        Known known = AUTO.after(doubted(locked("fr")), detected("fr", 0.7, -0.9), LONG, true);
        assertThat(AUTO.request(known, LONG)).isEqualTo("fr");
    }

    private static Known locked(String code) {
        return AUTO.after(Known.NOTHING, detected(code, 0.95, -0.1), LONG, true);
    }

    private static Known doubted(Known known) {
        String code = language(known);
        Known once = AUTO.after(known, decodedAs(code, -0.9), LONG, true);
        return AUTO.after(once, decodedAs(code, -0.9), LONG, true);
    }

    private static String language(Known known) {
        return known.locked().orElseThrow().code();
    }

    private static Text detected(String code, double probability, double meanLogProbability) {
        return Spoken.text("words", new Language(code, probability, Source.DETECTED), meanLogProbability);
    }

    private static Text decodedAs(String code, double meanLogProbability) {
        return Spoken.text("words", new Language(code, null, Source.DECLARED), meanLogProbability);
    }
}
