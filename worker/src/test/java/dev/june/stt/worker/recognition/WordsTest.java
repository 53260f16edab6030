package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.whisper.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class WordsTest {
    private static final Offset<Double> EXACT = Offset.offset(1e-9);
    private static final short[] NOTHING = new short[0];

    @Test
    void tokensAreJoinedToWordsAtSpaces() {
        List<SpokenWord> words =
                words("en", time(0), text(" ill", 0.5), text("-dis", 1), text("posed"), text("."), time(1));
        assertThat(words).singleElement().satisfies(word -> {
            assertThat(word.text()).isEqualTo("ill-disposed.");
            assertThat(word.tokens()).isEqualTo(4);
            assertThat(word.probability()).isEqualTo((0.5 + 1 + 0.9 + 0.9) / 4, EXACT);
        });
        assertThat(texts(words("en", text(" And"), text(" so"), text("…")))).containsExactly("And", "so…");
    }

    @Test
    void aCharacterSplitOverTokensComesOutWhole() {
        assertThat(texts(split("fr", cut(" situé", 6), text("s"), text(" au")))).containsExactly("situés", "au");
        assertThat(texts(split("en", cut(" 👋!", 3)))).containsExactly("👋!");
    }

    @Test
    void aCharacterThatIsNeverFinishedIsLeftOut() {
        byte[] half = Arrays.copyOf(" né".getBytes(StandardCharsets.UTF_8), 3);
        assertThat(texts(words("fr", new Token.Text(half, 0.9, -0.1, 0, 0)))).containsExactly("n");
    }

    @Test
    void languagesWithoutSpacesAreCutAtCharactersAndKeepTheirPunctuation() {
        assertThat(texts(words("ja", text("今日"), text("は"), text("。"), text("雨"))))
                .containsExactly("今日", "は。", "雨");
        byte[] sky = "空".getBytes(StandardCharsets.UTF_8);
        assertThat(texts(words(
                        "ja",
                        new Token.Text(Arrays.copyOf(sky, 1), 1, 0, 0, 0),
                        new Token.Text(Arrays.copyOfRange(sky, 1, 3), 1, 0, 0, 0),
                        text("青"))))
                .containsExactly("空", "青");
    }

    @Test
    void timesOutsideTheAudioAreTakenBackToIt() {
        List<SpokenWord> words = words("en", time(0), text(" one"), time(7));
        assertThat(words.getFirst().end()).isEqualTo(2, EXACT);
        assertThat(words.getFirst().start()).isZero();
    }

    @Test
    void wordsWithoutATimeBehindThemLastToTheEnd() {
        List<SpokenWord> words = words("en", time(0), text(" one"), time(1), time(1.2), text(" two"));
        assertThat(words.get(0).end()).isEqualTo(1, EXACT);
        assertThat(words.get(1).start()).isEqualTo(1.2, EXACT);
        assertThat(words.get(1).end()).isEqualTo(2, EXACT);
    }

    @Test
    void wordsShareTheSoundByTheirLettersAndSkipPauses() {
        short[] samples = new short[32_000];
        Arrays.fill(samples, 0, 8_000, (short) 9_000);
        Arrays.fill(samples, 16_000, 24_000, (short) 9_000);
        List<SpokenWord> words = Words.of(List.of(time(0), text(" abcde"), text(" fghij"), time(2)), "en", samples, 2);
        assertThat(words.get(0).start()).isEqualTo(0, EXACT);
        assertThat(words.get(0).end()).isEqualTo(0.5, EXACT);
        assertThat(words.get(1).start()).isEqualTo(1, EXACT);
        assertThat(words.get(1).end()).isEqualTo(1.5, EXACT);
    }

    @Test
    void aWordBeginsWhereTheDecoderWouldHaveSaidATime() {
        short[] samples = new short[32_000];
        Arrays.fill(samples, (short) 9_000);
        List<SpokenWord> words =
                Words.of(List.of(time(0), text(" abcde"), hinted(" fghij", 1.46, 0.2), time(2)), "en", samples, 2);
        assertThat(words.get(0).end()).isEqualTo(1.46, EXACT);
        assertThat(words.get(1).start()).isEqualTo(1.46, EXACT);
    }

    @Test
    void aTimeAtWhichTheWordCannotHaveBegunIsPassedOver() {
        short[] samples = new short[32_000];
        Arrays.fill(samples, (short) 9_000);
        List<SpokenWord> words = Words.of(
                List.of(
                        time(0),
                        text(" abcde"),
                        hinted(" fghij", 1.98, 0.9),
                        hinted(" klmno", 0.02, 0.9),
                        hinted(" pqrst", 24.94, 0.9),
                        time(2)),
                "en",
                samples,
                2);
        assertThat(words).extracting(SpokenWord::start).containsExactly(0.0, 0.5, 1.0, 1.5);
    }

    @Test
    void timesNeverGoBack() {
        List<SpokenWord> words = words("en", time(1.5), text(" one"), time(0.5), text(" two"), time(0.2));
        assertThat(words).allSatisfy(word -> assertThat(word.end()).isGreaterThanOrEqualTo(word.start()));
        assertThat(words.get(1).start()).isGreaterThanOrEqualTo(1.5);
    }

    private static List<SpokenWord> words(String language, Token... tokens) {
        return Words.of(List.of(tokens), language, NOTHING, 2);
    }

    private static List<String> texts(List<SpokenWord> words) {
        return words.stream().map(SpokenWord::text).toList();
    }

    private static Token time(double seconds) {
        return new Token.Time(seconds);
    }

    private static Token text(String text) {
        return text(text, 0.9);
    }

    private static Token text(String text, double probability) {
        return new Token.Text(text.getBytes(StandardCharsets.UTF_8), probability, -0.1, -1, 0);
    }

    private static Token hinted(String text, double time, double probability) {
        return new Token.Text(text.getBytes(StandardCharsets.UTF_8), 0.9, -0.1, time, probability);
    }

    /** A text as two tokens, cut after some bytes. */
    private static Token[] cut(String text, int bytes) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        return new Token[] {
            new Token.Text(Arrays.copyOf(all, bytes), 0.9, -0.1, 0, 0),
            new Token.Text(Arrays.copyOfRange(all, bytes, all.length), 0.9, -0.1, 0, 0)
        };
    }

    private static List<SpokenWord> split(String language, Token[] first, Token... more) {
        List<Token> tokens = new ArrayList<>(List.of(first));
        tokens.addAll(List.of(more));
        return Words.of(tokens, language, NOTHING, 2);
    }
}
