package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript;
import java.util.List;

/**
 * A word as the decoder said it.
 *
 * @param raw with the space before it, if the language writes one
 * @param start seconds from the first sample
 * @param end seconds from the first sample
 * @param probability mean over its tokens
 * @param logProbability sum over its tokens
 * @param tokens how many it was made of
 */
record SpokenWord(String raw, double start, double end, double probability, double logProbability, int tokens) {
    String text() {
        return raw.strip();
    }

    SpokenWord at(double start, double end) {
        return new SpokenWord(raw, start, end, probability, logProbability, tokens);
    }

    SpokenWord later(double seconds) {
        return at(start + seconds, end + seconds);
    }

    static String text(List<SpokenWord> words) {
        StringBuilder text = new StringBuilder();
        words.forEach(word -> text.append(word.raw()));
        return text.toString().strip();
    }

    static int tokens(List<SpokenWord> words) {
        return words.stream().mapToInt(SpokenWord::tokens).sum();
    }

    /** 0 for no words. */
    static double meanLogProbability(List<SpokenWord> words) {
        return words.stream().mapToDouble(SpokenWord::logProbability).sum() / Math.max(1, tokens(words));
    }

    static List<Transcript.Word> published(List<SpokenWord> words) {
        return words.stream()
                .map(word -> new Transcript.Word(word.text(), word.start(), word.end(), word.probability()))
                .toList();
    }
}
