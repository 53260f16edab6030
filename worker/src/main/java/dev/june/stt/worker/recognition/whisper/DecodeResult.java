package dev.june.stt.worker.recognition.whisper;

import java.util.List;

/** What came of one call to the library. */
public sealed interface DecodeResult {
    /**
     * @param tokens in order, without the special ones
     * @param complete false if the decoder did not come to an end by itself: it reached the token limit, or its times went backwards
     */
    record Decoded(List<Token> tokens, boolean complete) implements DecodeResult {
        public Decoded {
            tokens = List.copyOf(tokens);
        }
    }

    /** It was asked to stop. */
    record Aborted() implements DecodeResult {}

    /** The library gave up; {@code code} is its own, from {@code whisper_full_with_state}. */
    record NativeFailure(int code) implements DecodeResult {}
}
