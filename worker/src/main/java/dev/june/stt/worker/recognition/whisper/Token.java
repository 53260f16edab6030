package dev.june.stt.worker.recognition.whisper;

/** What the decoder said, in order: pieces of text, and between them the times at which a stretch of speech begins or ends. */
public sealed interface Token {
    /**
     * A piece of text, often a whole word with the space before it.
     *
     * @param utf8 may begin or end inside a character
     * @param likelyTime when it was said in seconds, as far as the decoder would have said a time instead
     * @param timeProbability how likely the decoder was to say a time here
     */
    record Text(byte[] utf8, double probability, double logProbability, double likelyTime, double timeProbability)
            implements Token {}

    /** A time in seconds from the first sample, a multiple of 0.02. */
    record Time(double seconds) implements Token {}
}
