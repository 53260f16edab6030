package dev.june.stt.transcript;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code data} of the events about an utterance. Times inside an utterance are seconds from the track's first sample. */
public sealed interface Transcript {
    String utteranceId();

    Origin origin();

    /** Empty for the pipeline itself. */
    String variant();

    /**
     * The one text of an utterance.
     *
     * @param sequence number of the utterance within its participant and pipeline, from 1, without gaps
     * @param words empty if the recognizer gave none
     * @param configGeneration generation of the configuration that it was made with
     * @param worker the pod that decoded it
     * @param variant empty for the pipeline itself
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Final(
            String utteranceId,
            Origin origin,
            long sequence,
            String text,
            Language language,
            List<Word> words,
            Speech speech,
            EndReason endReason,
            String model,
            Confidence confidence,
            Latency latency,
            long configGeneration,
            String worker,
            String variant)
            implements Transcript {
        public Final {
            words = List.copyOf(words);
        }
    }

    /** An utterance that closed without text, and why, so that absence is never ambiguous. */
    record Voided(
            String utteranceId,
            Origin origin,
            long sequence,
            Outcome outcome,
            String reason,
            Speech speech,
            EndReason endReason,
            long configGeneration,
            String worker,
            String variant)
            implements Transcript {}

    /**
     * Text that may still change.
     *
     * @param revision from 1, rising within the utterance
     * @param stable words that no later partial takes back
     * @param unstable words that may still change
     */
    record Partial(
            String utteranceId,
            Origin origin,
            long revision,
            String stable,
            String unstable,
            Language language,
            double audioEnd,
            String variant)
            implements Transcript {}

    /** How an utterance without text closed. */
    enum Outcome {
        /** The recognizer heard no words. */
        @JsonProperty("empty")
        EMPTY,
        /** The words were not believed: a guard found them invented, or there was too little speech. */
        @JsonProperty("discarded")
        DISCARDED,
        /** It could not be decoded; its audio is in the dead letters. */
        @JsonProperty("failed")
        FAILED
    }

    /** The spoken language. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Language(String code, @Nullable Double probability, Source source) {
        /** How the language came to be known. */
        public enum Source {
            @JsonProperty("declared")
            DECLARED,
            @JsonProperty("detected")
            DETECTED,
            @JsonProperty("locked")
            LOCKED
        }
    }

    /** A word and where it was said, in seconds from the track's first sample. */
    record Word(String text, double start, double end, double probability) {}

    /**
     * The stretch of speech.
     *
     * @param startedAt wall clock, RFC 3339
     * @param endedAt wall clock, RFC 3339
     * @param start seconds from the track's first sample
     * @param end seconds from the track's first sample
     */
    record Speech(String startedAt, String endedAt, double start, double end) {}

    /** How sure the recognizer is. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Confidence(double meanLogProbability, @Nullable Double noSpeechProbability, double meanSpeechProbability) {}

    /**
     * Where the time went, in milliseconds: from the end of speech to the endpoint, from there to the start of the decode, and
     * the decode itself. {@code totalMs} runs from the end of speech to the moment of publishing.
     */
    record Latency(long endpointMs, long queueMs, long decodeMs, long totalMs) {}
}
