package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.PartialStabilizer.Shown;
import dev.june.stt.worker.recognition.PartialStabilizer.Step;
import dev.june.stt.worker.recognition.Recognition.Text;
import dev.june.stt.worker.recognition.Recognition.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PartialStabilizerTest {
    @Test
    void nothingIsStableUntilTwoDecodesAgree() {
        assertThat(play("and so my", "and so my fellow Americans"))
                .containsExactly(new Shown("", "and so my"), new Shown("and so my", "fellow Americans"));
    }

    @Test
    void onlyWhatBothHeardFromTheBeginningOnIsStable() {
        assertThat(play("ask not what you", "ask not what your country"))
                .last()
                .isEqualTo(new Shown("ask not what", "your country"));
    }

    @Test
    void spellingDoesNotMatterAndTheNewerOneIsShown() {
        assertThat(play("well hello", "Well, hello there")).last().isEqualTo(new Shown("Well, hello", "there"));
    }

    @Test
    void theSamePartialIsNotSentTwice() {
        assertThat(play("hello there", "hello there", "hello there"))
                .containsExactly(new Shown("", "hello there"), new Shown("hello there", ""));
    }

    @Test
    void nothingHeardIsNotShown() {
        assertThat(play("", "hello")).containsExactly(new Shown("", "hello"));
    }

    @Test
    void whatIsStableStaysWhateverIsHeardLater() {
        assertThat(play("ten of clubs", "ten of clubs and", "tennis clubs and more"))
                .last()
                .isEqualTo(new Shown("ten of clubs and", "more"));
    }

    @Test
    void aDecodeThatLostTheBeginningDoesNotRepeatIt() {
        assertThat(play("one two three", "one two three four", "two three four five six"))
                .last()
                .isEqualTo(new Shown("one two three four", "five six"));
    }

    @Test
    void languagesWithoutSpacesAreShownWithoutThem() {
        List<Transcript.Word> words = List.of(new Transcript.Word("今日", 0, 1, 1), new Transcript.Word("は。", 1, 2, 1));
        Text text = new Text(
                "今日は。",
                words,
                new Language("ja", null, Source.DECLARED),
                -0.1,
                null,
                new Timing(Duration.ZERO, Duration.ZERO));
        assertThat(PartialStabilizer.EMPTY.heard(text).partial()).contains(new Shown("", "今日は。"));
    }

    @Property
    void aStablePrefixIsNeverTakenBackAndNoPartialIsSentTwiceInARow(@ForAll("hypotheses") List<String> hypotheses) {
        List<Shown> shown = play(hypotheses.toArray(String[]::new));
        for (int i = 1; i < shown.size(); i++) {
            assertThat(shown.get(i).stable()).startsWith(shown.get(i - 1).stable());
            assertThat(shown.get(i)).isNotEqualTo(shown.get(i - 1));
        }
    }

    @Property
    void speechHeardRightFromTheBeginningBecomesStableWordForWord(@ForAll("sentence") List<String> words) {
        PartialStabilizer stabilizer = PartialStabilizer.EMPTY;
        for (int heard = 1; heard <= words.size(); heard++) {
            String text = String.join(" ", words.subList(0, heard));
            stabilizer = stabilizer.heard(Spoken.text(text)).next();
            assertThat(stabilizer.stable()).hasSize(heard - 1);
        }
        Step last = stabilizer.heard(Spoken.text(String.join(" ", words)));
        assertThat(last.partial()).contains(new Shown(String.join(" ", words), ""));
    }

    @Provide
    Arbitrary<List<String>> sentence() {
        return Arbitraries.strings()
                .alpha()
                .ofMinLength(1)
                .ofMaxLength(8)
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }

    @Provide
    Arbitrary<List<String>> hypotheses() {
        Arbitrary<String> word = Arbitraries.of("so", "my", "fellow", "you", "can", "ask", "not");
        Arbitrary<String> text = word.list().ofMaxSize(8).map(words -> String.join(" ", words));
        return text.list().ofMinSize(1).ofMaxSize(8);
    }

    private static List<Shown> play(String... hypotheses) {
        List<Shown> shown = new ArrayList<>();
        PartialStabilizer stabilizer = PartialStabilizer.EMPTY;
        for (String hypothesis : hypotheses) {
            Step step = stabilizer.heard(Spoken.text(hypothesis));
            Optional<Shown> partial = step.partial();
            partial.ifPresent(shown::add);
            stabilizer = step.next();
        }
        return shown;
    }
}
