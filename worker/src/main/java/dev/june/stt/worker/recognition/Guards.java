package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.Deflater;

/**
 * Which words are not believed. Whisper repeats itself without end, and it puts words into silence; neither shows in its own
 * probabilities. Each rule has a fixed name, used in metrics and records. Pure. The thresholds stand here and nowhere else; they were
 * measured on 39 clips of real speech in 7 languages (49 looped decodes against 901 good ones) and 28 of other sounds.
 */
final class Guards {
    /** Good decodes at most 4.9 in Latin script, loops at least 15. */
    private static final double MAX_TOKENS_PER_SECOND = 10;

    /** The vocabulary is English at heart: other scripts need several tokens for a letter. */
    private static final double MAX_TOKENS_PER_SECOND_OTHER_SCRIPTS = 30;

    /** Good decodes at most 20, loops at least 80. */
    private static final double MAX_CHARACTERS_PER_SECOND = 30;

    /** Good decodes at most 1.44, loops at least 4.2; the value of the original implementation lies between. */
    private static final double MAX_COMPRESSION = 2.4;

    private static final int COMPRESSION_MIN_CHARACTERS = 40;
    private static final int MAX_REPEATS = 2;

    /** Rates of a very short clip say little. */
    private static final double MIN_SECONDS = 1;

    private static final int LONGEST_BROKEN_TAG = 3;

    private static final double MIN_VOICED_SECONDS = 0.15;

    /** Real one-word clips go down to -1.03 and invented words start at -0.98, so this alone decides nothing. */
    private static final double DOUBTFUL_LOG_PROBABILITY = -1.0;

    private static final double WEAK_VOICED_SECONDS = 0.4;
    private static final double WEAK_SPEECH_PROBABILITY = 0.6;

    private static final Pattern NOT_A_WORD = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");
    private static final Map<Character, Character> BRACKETS =
            Map.of('[', ']', '(', ')', '*', '*', '♪', '♪', '（', '）', '【', '】');

    /**
     * What the model says of silence and noise, by language: the ends of the videos it learnt from. People say some of it too, so it is
     * held against a text only where little speech was heard.
     */
    private static final Map<String, Set<String>> PHRASES = Map.of(
            "en",
            Set.of(
                    "you",
                    "thank you",
                    "thank you very much",
                    "thank you for watching",
                    "thanks for watching",
                    "thank you so much for watching",
                    "please subscribe"),
            "de",
            Set.of(
                    "vielen dank",
                    "vielen dank für s zuschauen",
                    "vielen dank fürs zuschauen",
                    "bis zum nächsten mal",
                    "tschüss"),
            "fr",
            Set.of(
                    "merci",
                    "merci d avoir regardé cette vidéo",
                    "merci d avoir regardé",
                    "sous titrage société radio canada"),
            "es",
            Set.of("gracias", "gracias por ver el video", "gracias por ver", "suscríbete"),
            "it",
            Set.of("grazie", "grazie per la visione", "grazie a tutti"),
            "pt",
            Set.of("obrigado", "obrigada", "obrigado por assistir"));

    private Guards() {}

    /**
     * Whether the decoder went round in circles.
     *
     * @param complete whether the decoder came to an end by itself
     * @param seconds length of the audio
     */
    static Optional<String> loop(List<SpokenWord> words, boolean complete, double seconds) {
        String text = SpokenWord.text(words);
        double length = Math.max(MIN_SECONDS, seconds);
        if (!complete) {
            return Optional.of("unfinished");
        }
        if (SpokenWord.tokens(words) / length > maxTokensPerSecond(text)) {
            return Optional.of("token_rate");
        }
        if (text.length() / length > MAX_CHARACTERS_PER_SECOND) {
            return Optional.of("character_rate");
        }
        if (text.length() >= COMPRESSION_MIN_CHARACTERS && compression(text) > MAX_COMPRESSION) {
            return Optional.of("compression");
        }
        return repeats(normalized(words)) > MAX_REPEATS ? Optional.of("repetition") : Optional.empty();
    }

    /** Whether the words are too many for so little sign of speech. */
    static Optional<String> silence(
            List<SpokenWord> words, String language, List<String> hotWords, SpeechEvidence evidence) {
        if (evidence.voicedSeconds() < MIN_VOICED_SECONDS) {
            return Optional.of("no_voice");
        }
        if (!isWeak(evidence)) {
            return Optional.empty();
        }
        if (SpokenWord.meanLogProbability(words) < DOUBTFUL_LOG_PROBABILITY) {
            return Optional.of("doubtful");
        }
        List<String> said = normalized(words);
        if (PHRASES.getOrDefault(language, Set.of()).contains(String.join(" ", said))) {
            return Optional.of("phrase");
        }
        return isEcho(said, hotWords) ? Optional.of("hot_words") : Optional.empty();
    }

    /** The words without sounds in brackets, such as {@code [Music]} or {@code (wind blowing)}, and without lonely punctuation. */
    static List<SpokenWord> withoutTags(List<SpokenWord> words) {
        List<SpokenWord> kept = new ArrayList<>();
        int next = 0;
        while (next < words.size()) {
            int end = endOfTag(words, next);
            if (end == next) {
                kept.add(words.get(next++));
            }
            next = Math.max(next, end);
        }
        return normalized(kept).isEmpty() ? List.of() : kept;
    }

    /** The place after the tag that begins here; here, if none does. The decoder may break off inside a tag. */
    private static int endOfTag(List<SpokenWord> words, int start) {
        Character closing = BRACKETS.get(words.get(start).text().charAt(0));
        if (closing == null) {
            return start;
        }
        for (int i = start; i < words.size(); i++) {
            if (words.get(i).text().indexOf(closing, i == start ? 1 : 0) >= 0) {
                return i + 1;
            }
        }
        return words.size() - start <= LONGEST_BROKEN_TAG ? words.size() : start;
    }

    /** Deflated size to plain size, as a ratio. Each letter counts as one byte, or other scripts would always look repetitive. */
    static double compression(String text) {
        Map<Integer, Byte> letters = new HashMap<>();
        int[] points = text.codePoints().toArray();
        byte[] bytes = new byte[points.length];
        for (int i = 0; i < points.length; i++) {
            bytes[i] = letters.computeIfAbsent(points[i], _ -> (byte) letters.size());
        }
        try (Deflater deflater = new Deflater()) {
            deflater.setInput(bytes);
            deflater.finish();
            ByteBuffer out = ByteBuffer.allocate(bytes.length + 64);
            int size = 0;
            while (!deflater.finished()) {
                size += deflater.deflate(out.clear());
            }
            return bytes.length / (double) size;
        }
    }

    /** How often the most repeated run of words comes in a row; 1 if none is repeated. */
    static int repeats(List<String> words) {
        int most = Math.min(1, words.size());
        for (int length = 1; length <= words.size() / 2; length++) {
            int same = 0; // words that equal the one a run's length before
            for (int i = length; i < words.size(); i++) {
                same = words.get(i).equals(words.get(i - length)) ? same + 1 : 0;
                most = Math.max(most, 1 + same / length);
            }
        }
        return most;
    }

    /** Lower case, without punctuation: what two decodes must agree on to say the same. */
    static String normalized(String word) {
        return NOT_A_WORD.matcher(word.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    private static List<String> normalized(List<SpokenWord> words) {
        return words.stream()
                .flatMap(word -> Arrays.stream(normalized(word.raw()).split(" ", -1)))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static double maxTokensPerSecond(String text) {
        long letters = text.codePoints().filter(Character::isLetter).count();
        long latin = text.codePoints()
                .filter(point ->
                        Character.isLetter(point) && Character.UnicodeScript.of(point) == Character.UnicodeScript.LATIN)
                .count();
        return latin * 2 >= letters ? MAX_TOKENS_PER_SECOND : MAX_TOKENS_PER_SECOND_OTHER_SCRIPTS;
    }

    private static boolean isWeak(SpeechEvidence evidence) {
        return evidence.voicedSeconds() < WEAK_VOICED_SECONDS || evidence.meanProbability() < WEAK_SPEECH_PROBABILITY;
    }

    /** The hot words are the model's context, and given nothing else it reads them out. */
    private static boolean isEcho(List<String> said, List<String> hotWords) {
        Set<String> hot = new HashSet<>();
        hotWords.forEach(word -> hot.addAll(Arrays.asList(normalized(word).split(" ", -1))));
        return said.size() > 1 && hot.containsAll(said);
    }
}
