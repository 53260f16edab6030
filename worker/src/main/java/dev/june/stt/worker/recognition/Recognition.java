package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of a decode. */
public sealed interface Recognition {
    /**
     * Words.
     *
     * @param words with times in seconds from the first sample of the request
     * @param language what it was decoded as; {@code source} DECLARED if the request named it, else DETECTED
     * @param meanLogProbability mean over the text tokens, at most 0
     * @param noSpeechProbability the model's own, for information only: it is not to be trusted; null if it was not asked for
     */
    record Text(
            String text,
            List<Transcript.Word> words,
            Transcript.Language language,
            double meanLogProbability,
            @Nullable Double noSpeechProbability,
            Timing timing)
            implements Recognition {
        public Text {
            words = List.copyOf(words);
        }
    }

    /** The model heard no words. */
    record NoWords(Timing timing) implements Recognition {}

    /** The model said words that are not believed. {@code guard} is a fixed name such as {@code repetition}. */
    record Suppressed(String guard, Timing timing) implements Recognition {}

    /** It could not be decoded, also not on the second try. {@code reason} is a fixed name, {@code message} is for people. */
    record Failed(String reason, String message) implements Recognition {}

    /**
     * It was given up before it ended: cancelled, replaced by a newer partial, or it waited too long. Says nothing about the audio,
     * which may be submitted again. A final is dropped only with {@code closed} (the recognizer was closed before its turn came) and
     * {@code overload} (the bound of waiting finals is reached).
     */
    record Dropped(String reason) implements Recognition {}

    /** How long it waited for a free model state, and how long the decode took. */
    record Timing(Duration queued, Duration decoded) {}
}
