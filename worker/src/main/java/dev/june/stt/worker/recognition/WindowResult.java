package dev.june.stt.worker.recognition;

import java.util.List;

/** What came of decoding one window of audio, the second try included. */
sealed interface WindowResult {
    /** Words, sounds in brackets left out; maybe none. */
    record Heard(List<SpokenWord> words) implements WindowResult {
        public Heard {
            words = List.copyOf(words);
        }

        List<SpokenWord> later(double seconds) {
            return words.stream().map(word -> word.later(seconds)).toList();
        }
    }

    /** Not to be believed, on both tries. */
    record Looped(String guard) implements WindowResult {}

    record Stopped() implements WindowResult {}

    /** {@code code} is the library's. */
    record Broken(int code) implements WindowResult {}
}
