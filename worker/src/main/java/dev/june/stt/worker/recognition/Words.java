package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.whisper.Token;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * From the decoder's tokens to words. A word begins at a token with a space before it; in languages that write none, at every token that
 * ends a character. Times come from {@link WordTimes}. Pure.
 */
final class Words {
    private static final Set<String> WITHOUT_SPACES = Set.of("zh", "ja", "th", "lo", "my", "yue");
    private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}\\p{N}]*");

    private Words() {}

    /**
     * Words between two times that the decoder said.
     *
     * @param hints one for each word
     */
    record Stretch(double start, double end, List<SpokenWord> words, List<Hint> hints) {}

    /** When a word began, as far as the decoder would have said a time instead, and how likely it was to do so. */
    record Hint(double time, double weight) {}

    /** @param seconds length of the audio; times beyond it are taken back to it */
    static List<SpokenWord> of(List<Token> tokens, String language, short[] samples, double seconds) {
        WordTimes times = new WordTimes(samples, seconds);
        List<SpokenWord> words = new ArrayList<>();
        for (Stretch stretch : stretches(tokens, WITHOUT_SPACES.contains(language), seconds)) {
            words.addAll(times.spread(stretch));
        }
        return words;
    }

    static List<Stretch> stretches(List<Token> tokens, boolean withoutSpaces, double seconds) {
        List<Stretch> stretches = new ArrayList<>();
        List<Token.Text> texts = new ArrayList<>();
        double start = 0;
        for (Token token : tokens) {
            switch (token) {
                case Token.Text text -> texts.add(text);
                case Token.Time(double time) -> {
                    double at = Math.clamp(time, start, seconds);
                    if (!texts.isEmpty()) {
                        stretches.add(stretch(start, at, texts, withoutSpaces));
                        texts.clear();
                    }
                    start = at;
                }
            }
        }
        if (!texts.isEmpty()) {
            stretches.add(stretch(start, seconds, texts, withoutSpaces));
        }
        return stretches;
    }

    private static Stretch stretch(double start, double end, List<Token.Text> texts, boolean withoutSpaces) {
        List<SpokenWord> words = new ArrayList<>();
        List<Hint> hints = new ArrayList<>();
        WordBuilder word = new WordBuilder();
        for (Token.Text text : texts) {
            if (word.endsBefore(text, withoutSpaces)) {
                word.addTo(words, hints);
                word = new WordBuilder();
            }
            word.append(text);
        }
        word.addTo(words, hints);
        return new Stretch(start, end, words, hints);
    }

    private static final class WordBuilder {
        private final ByteArrayOutputStream utf8 = new ByteArrayOutputStream();
        private double probability;
        private double logProbability;
        private int tokens;
        private Hint hint = new Hint(0, 0);

        void append(Token.Text text) {
            if (tokens == 0) {
                hint = new Hint(text.likelyTime(), text.timeProbability());
            }
            utf8.writeBytes(text.utf8());
            probability += text.probability();
            logProbability += text.logProbability();
            tokens++;
        }

        boolean endsBefore(Token.Text next, boolean withoutSpaces) {
            if (tokens == 0) {
                return false;
            }
            return next.utf8().length > 0 && next.utf8()[0] == ' ' || withoutSpaces && endsWithWholeCharacter();
        }

        private boolean endsWithWholeCharacter() {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8.toByteArray()));
                return true;
            } catch (CharacterCodingException e) {
                return false;
            }
        }

        /** Punctuation alone belongs to the word before it. */
        void addTo(List<SpokenWord> words, List<Hint> hints) {
            String raw = decoded();
            if (raw.isBlank()) {
                return;
            }
            if (NO_LETTERS.matcher(raw).matches() && !words.isEmpty()) {
                SpokenWord before = words.removeLast();
                words.add(new SpokenWord(
                        before.raw() + raw,
                        0,
                        0,
                        before.probability(),
                        before.logProbability() + logProbability,
                        before.tokens() + tokens));
            } else {
                words.add(new SpokenWord(raw, 0, 0, probability / tokens, logProbability, tokens));
                hints.add(hint);
            }
        }

        /** A character that the decoder left unfinished is left out. */
        private String decoded() {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.IGNORE)
                        .decode(ByteBuffer.wrap(utf8.toByteArray()))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new IllegalStateException("malformed input is ignored", e);
            }
        }
    }
}
