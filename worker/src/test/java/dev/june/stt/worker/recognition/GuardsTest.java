package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuardsTest {
    private static final SpeechEvidence CLEAR = new SpeechEvidence(2, 0.9);
    private static final SpeechEvidence SHORT = new SpeechEvidence(0.3, 0.9);
    private static final SpeechEvidence UNLIKELY = new SpeechEvidence(2, 0.5);

    @Test
    void ordinarySpeechIsBelieved() {
        assertThat(Guards.loop(Spoken.words("ask not what your country can do for you ask what you can do"), true, 5))
                .isEmpty();
    }

    @Test
    void aDecodeThatDidNotEndIsALoop() {
        assertThat(Guards.loop(Spoken.words("and so my fellow"), false, 5)).contains("unfinished");
    }

    @Test
    void moreTokensThanAnybodySpeaksAreALoop() {
        List<SpokenWord> words = Spoken.words("a b c d e f g h i j k l");
        assertThat(Guards.loop(words, true, 1.1)).contains("token_rate");
        assertThat(Guards.loop(words, true, 1.3)).isEmpty();
    }

    @Test
    void otherScriptsMayTakeMoreTokens() {
        List<SpokenWord> words = List.of(new SpokenWord("नमस्ते दुनिया", 0, 1, 0.9, -2, 25));
        assertThat(Guards.loop(words, true, 1)).isEmpty();
        assertThat(Guards.loop(List.of(new SpokenWord("नमस्ते", 0, 1, 0.9, -2, 31)), true, 1))
                .contains("token_rate");
    }

    @Test
    void moreLettersThanAnybodySpeaksAreALoop() {
        assertThat(Guards.loop(Spoken.words("incomprehensibilities counterrevolutionaries"), true, 1))
                .contains("character_rate");
    }

    @Test
    void aLongSentenceThatComesAgainAndAgainIsALoop() {
        String sentence = "we will be right back after this short break ";
        assertThat(Guards.loop(Spoken.words(sentence.repeat(6).strip()), true, 25))
                .contains("compression");
    }

    @Test
    void threeTimesTheSameInARowIsALoopAndTwiceIsNot() {
        assertThat(Guards.loop(Spoken.words("I said no no"), true, 3)).isEmpty();
        assertThat(Guards.loop(Spoken.words("I said no, No no."), true, 3)).contains("repetition");
        assertThat(Guards.repeats(List.of("x", "go", "on", "go", "on", "go", "on", "y")))
                .isEqualTo(3);
        assertThat(Guards.repeats(List.of("a", "b", "a", "c", "a"))).isEqualTo(1);
        assertThat(Guards.repeats(List.of())).isZero();
    }

    @Test
    void otherScriptsAreNotTakenForRepetitionBecauseTheirBytesLookAlike() {
        String hindi = "मैं कल सुबह बाज़ार जाऊँगा और वहाँ से कुछ ताज़े फल और सब्ज़ियाँ खरीद कर लाऊँगा";
        String english = "tomorrow morning I will go to the market and buy some fresh fruit and vegetables there";
        assertThat(Guards.compression(hindi)).isLessThan(1.6);
        assertThat(Guards.compression(english)).isLessThan(1.6);
        assertThat(Guards.compression("la la la la la la la la la la la la la la la la"))
                .isGreaterThan(2.4);
    }

    @Test
    void wordsWithoutVoiceAreNotBelieved() {
        assertThat(silence("thank you all", -0.1, new SpeechEvidence(0.1, 0.9))).contains("no_voice");
    }

    @Test
    void doubtfulWordsAreDroppedOnlyWhereLittleSpeechWasHeard() {
        assertThat(silence("hello there", -1.2, CLEAR)).isEmpty();
        assertThat(silence("hello there", -1.2, SHORT)).contains("doubtful");
        assertThat(silence("hello there", -1.2, UNLIKELY)).contains("doubtful");
        assertThat(silence("hello there", -0.9, SHORT)).isEmpty();
    }

    @Test
    void whatTheModelSaysOfSilenceIsDroppedOnlyWhereLittleSpeechWasHeard() {
        assertThat(silence("Thank you for watching.", -0.2, UNLIKELY)).contains("phrase");
        assertThat(silence("Thank you for watching.", -0.2, CLEAR)).isEmpty();
        assertThat(silence("yes", -0.2, SHORT)).isEmpty();
    }

    @Test
    void aPhraseOfOneLanguageIsNotHeldAgainstAnother() {
        assertThat(Guards.silence(Spoken.words("Vielen Dank!"), "de", List.of(), UNLIKELY))
                .contains("phrase");
        assertThat(Guards.silence(Spoken.words("Vielen Dank!"), "en", List.of(), UNLIKELY))
                .isEmpty();
    }

    @Test
    void hotWordsReadOutIntoSilenceAreNotBelieved() {
        List<String> hotWords = List.of("Kubernetes", "JetStream", "Ingrid Müller");
        assertThat(Guards.silence(Spoken.words("Kubernetes, Müller."), "en", hotWords, UNLIKELY))
                .contains("hot_words");
        assertThat(Guards.silence(Spoken.words("Kubernetes, Müller."), "en", hotWords, CLEAR))
                .isEmpty();
        assertThat(Guards.silence(Spoken.words("Kubernetes"), "en", hotWords, SHORT))
                .isEmpty();
    }

    @Test
    void soundsInBracketsAreNoWords() {
        assertThat(withoutTags("[Music] hello (wind blowing) there *sighs* ♪ la la ♪"))
                .isEqualTo("hello there");
        assertThat(withoutTags("(speaking in foreign language)")).isEmpty();
        assertThat(withoutTags("[BLANK_AUDIO]")).isEmpty();
    }

    @Test
    void aBracketThatNeverClosesTakesOnlyAShortEndWithIt() {
        assertThat(withoutTags("(")).isEmpty();
        assertThat(withoutTags("hello [BLANK")).isEqualTo("hello");
        assertThat(withoutTags("( this is what she really said")).isEqualTo("( this is what she really said");
    }

    @Test
    void punctuationAloneIsNoWord() {
        assertThat(withoutTags(". . . .")).isEmpty();
        assertThat(withoutTags("well . . .")).isEqualTo("well . . .");
    }

    private static String withoutTags(String text) {
        return SpokenWord.text(Guards.withoutTags(Spoken.words(text)));
    }

    private static Optional<String> silence(String text, double logProbability, SpeechEvidence evidence) {
        List<SpokenWord> words = Spoken.words(text).stream()
                .map(word -> new SpokenWord(word.raw(), 0, 1, 0.5, logProbability, 1))
                .toList();
        return Guards.silence(words, "en", List.of(), evidence);
    }
}
