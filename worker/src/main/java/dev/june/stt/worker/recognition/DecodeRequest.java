package dev.june.stt.worker.recognition;

import dev.june.stt.worker.audio.Pcm;
import java.util.List;

/**
 * Speech to be decoded.
 *
 * @param utteranceId names it in logs and lets a newer partial replace an older one
 * @param priority what it is for, which decides who goes first
 * @param samples mono, 16 kHz; not copied, not changed by anyone
 * @param language ISO 639-1 code that the speech is known to be in, or {@code auto}
 * @param allowedLanguages with {@code auto}: the candidates; empty means all
 * @param hotWords words that are likely to be said
 * @param evidence what the voice activity detection saw in these samples
 */
public record DecodeRequest(
        String utteranceId,
        Priority priority,
        short[] samples,
        String language,
        List<String> allowedLanguages,
        List<String> hotWords,
        SpeechEvidence evidence) {
    public DecodeRequest {
        allowedLanguages = List.copyOf(allowedLanguages);
        hotWords = List.copyOf(hotWords);
    }

    public double seconds() {
        return Pcm.seconds(samples.length);
    }

    /** In the order in which they are served; within one, the oldest goes first. */
    public enum Priority {
        /** The text that will be published. Never dropped. */
        FINAL,
        /** A final begun before it is sure that the utterance is over. Dropped when speech resumes. */
        SPECULATIVE,
        /** Text to show meanwhile. Dropped when it waited too long or a newer one comes. */
        PARTIAL
    }

    /**
     * What the voice activity detection saw.
     *
     * @param voicedSeconds audio in which speech was detected
     * @param meanProbability mean speech probability over the voiced windows, 0 to 1
     */
    public record SpeechEvidence(double voicedSeconds, double meanProbability) {}
}
