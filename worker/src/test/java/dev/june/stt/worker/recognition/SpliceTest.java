package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SpliceTest {
    @Test
    void theDecodesMeetAtAWordThatBothHeard() {
        assertThat(join(Spoken.words(0, "and so my fellow Amer"), Spoken.words(1, "my fellow Americans ask not"), 1.75))
                .isEqualTo("and so my fellow Americans ask not");
    }

    @Test
    void aWordCutInHalfAtTheBeginningOfTheLaterDecodeIsNotKept() {
        assertThat(join(Spoken.words(0, "one two three four"), Spoken.words(0.5, "too three four five"), 1.2))
                .isEqualTo("one two three four five");
    }

    @Test
    void aWordSaidTwiceIsNotTakenForOneHeardTwice() {
        assertThat(join(Spoken.words(0, "it is very very"), Spoken.words(1, "very very cold"), 1.5))
                .isEqualTo("it is very very cold");
    }

    @Test
    void whereTheyAgreeOnNothingEachKeepsItsSide() {
        assertThat(join(Spoken.words(0, "a b c d"), Spoken.words(1, "x y z"), 1.5))
                .isEqualTo("a b c y z");
    }

    @Test
    void whatOnlyOneOfThemHeardIsKeptThoughItIsBeyondTheCut() {
        assertThat(join(Spoken.words(0, "a b"), Spoken.words(1, "x y z"), 2)).isEqualTo("a b x y z");
        assertThat(join(Spoken.words(0, "a b c d"), Spoken.words(2, "y z"), 1)).isEqualTo("a b c d y z");
    }

    @Test
    void nothingBeforeOrNothingAfterIsFine() {
        assertThat(join(List.of(), Spoken.words(0, "a b"), 0)).isEqualTo("a b");
        assertThat(join(Spoken.words(0, "a b"), List.of(), 5)).isEqualTo("a b");
    }

    @Test
    void theSameWordAtAnotherTimeIsAnotherWord() {
        assertThat(join(Spoken.words(0, "no a b c"), Spoken.words(1.5, "c d e no"), 1.7))
                .isEqualTo("no a b c d e no");
    }

    @Property
    void speechHeardWholeInBothHalvesComesOutWhole(
            @ForAll @Size(min = 8, max = 30) List<@IntRange(max = 4) Integer> letters,
            @ForAll @IntRange(max = 100) int position,
            @ForAll @IntRange(min = -12, max = 12) int shift) {
        List<SpokenWord> all = new ArrayList<>();
        for (int i = 0; i < letters.size(); i++) {
            all.addAll(Spoken.words(i * 0.5, "w" + letters.get(i)));
        }
        double cut = 1.5 + position / 100.0 * (letters.size() * 0.5 - 3);
        List<SpokenWord> before = all.stream().filter(w -> w.end() < cut + 1.5).toList();
        List<SpokenWord> after = all.stream()
                .filter(w -> w.start() > cut - 1.5)
                .map(w -> w.later(shift / 100.0))
                .toList();
        assertThat(SpokenWord.text(Splice.join(before, after, cut, 0.3))).isEqualTo(SpokenWord.text(all));
    }

    private static String join(List<SpokenWord> before, List<SpokenWord> after, double cut) {
        return SpokenWord.text(Splice.join(before, after, cut, 0.3));
    }
}
