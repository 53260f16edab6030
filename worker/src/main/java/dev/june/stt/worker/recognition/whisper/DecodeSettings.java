package dev.june.stt.worker.recognition.whisper;

import java.util.Set;

/**
 * How to decode. Everything else is fixed, in {@link WhisperState}.
 *
 * @param language ISO 639-1 code, never {@code auto}
 * @param audioContext encoder positions of 20 ms to compute, at most {@value #FULL_WINDOW}
 * @param maxTokens the decode is cut off after so many
 * @param threads of this one decode
 * @param beamSize 1 is greedy. More draws random numbers whose state outlives the decode: the same audio may give another text
 * @param prompt text that the speech is likely to resemble; empty for none
 */
public record DecodeSettings(
        String language, int audioContext, int maxTokens, int threads, int beamSize, String prompt) {
    /** The model's whole window of 30 s. */
    public static final int FULL_WINDOW = 1500;

    private static final int POSITIONS_PER_SECOND = 50;

    /** Without it decodes loop, at any margin (18 of 39 clips). */
    private static final int SHORTEST_CONTEXT = 512;

    /** Multiples of it give the same text whatever was decoded before; others leave rows that no one wrote. */
    private static final int CONTEXT_STEP = 256;

    private static final int CONTEXT_MARGIN = 128;
    private static final int TOKENS_PER_SECOND = 8;

    /** The vocabulary is English at heart: languages in other scripts take up to some tokens for a letter. Not measured. */
    private static final int TOKENS_PER_SECOND_OTHER_SCRIPTS = 20;

    private static final int TOKENS_MARGIN = 8;

    private static final Set<String> IN_LATIN_SCRIPT = Set.of(
            "en", "de", "es", "fr", "pt", "it", "nl", "pl", "ca", "sv", "da", "no", "nn", "fi", "ro", "cs", "hu", "hr",
            "sk", "sl", "gl", "eu", "id", "ms", "tr", "cy", "la", "is", "lt", "lv", "et", "sq", "af", "sw", "tl", "lb",
            "mt", "bs");

    public DecodeSettings {
        if (language.equals("auto") || language.isEmpty()) {
            throw new IllegalArgumentException("language: expected a code such as en, got '" + language + "'");
        }
        if (audioContext < 1 || audioContext > FULL_WINDOW) {
            throw new IllegalArgumentException("audioContext: expected 1 to " + FULL_WINDOW + ", got " + audioContext);
        }
    }

    /**
     * The cheapest settings that were measured to be safe for that much audio: no loops in 39 clips, and the same words as with the
     * full window, at a third of its cost.
     */
    public static DecodeSettings forSeconds(double seconds, String language, int threads, int beamSize, String prompt) {
        int needed = (int) Math.ceil(POSITIONS_PER_SECOND * seconds) + CONTEXT_MARGIN;
        int rounded = Math.ceilDiv(needed, CONTEXT_STEP) * CONTEXT_STEP;
        return new DecodeSettings(
                language,
                Math.min(FULL_WINDOW, Math.max(SHORTEST_CONTEXT, rounded)),
                TOKENS_MARGIN + (int) Math.ceil(tokensPerSecond(language) * seconds),
                threads,
                beamSize,
                prompt);
    }

    private static int tokensPerSecond(String language) {
        return IN_LATIN_SCRIPT.contains(language) ? TOKENS_PER_SECOND : TOKENS_PER_SECOND_OTHER_SCRIPTS;
    }

    /** The same at the full window: dearer, and it does not loop where the shorter one did. */
    public DecodeSettings atFullWindow() {
        return new DecodeSettings(language, FULL_WINDOW, maxTokens, threads, beamSize, prompt);
    }
}
