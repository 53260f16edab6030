package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.Tenures.Tenure;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An utterance that is over: everything that any worker needs to decode and publish it. It has no number yet; that is drawn when it is
 * appended, see {@link Numbering}.
 *
 * @param header all but the audio
 * @param samples its audio, mono, 16 kHz; not changed by anyone
 */
public record SealedUtterance(Header header, short[] samples) {

    /**
     * @param key names this utterance until it has a number, unique over all workers and restarts
     * @param audioStart position of the first sample in the track, in seconds
     * @param language what it is known to be in; code {@code auto} if it is to be detected
     * @param speechEndedAt wall clock of the last sample of speech
     * @param endedAt wall clock of the endpoint
     * @param heardBy the worker that listened
     * @param direct that worker is decoding it already: others leave it alone for a moment
     * @param tenure the lease under which it was heard; absent where there is none
     * @param traceparent the trace that it began, as a W3C header; absent where there is none
     */
    public record Header(
            String key,
            Origin origin,
            double audioStart,
            Transcript.Speech speech,
            EndReason endReason,
            SpeechEvidence evidence,
            Transcript.Language language,
            long configGeneration,
            String variant,
            Instant speechEndedAt,
            Instant endedAt,
            String heardBy,
            boolean direct,
            @Nullable Tenure tenure,
            @Nullable String traceparent) {
        /** The same, traced by the step that wrote this header. */
        Header tracedBy(@Nullable String traceparent) {
            return with(tenure, traceparent);
        }

        private Header with(@Nullable Tenure tenure, @Nullable String traceparent) {
            return new Header(
                    key,
                    origin,
                    audioStart,
                    speech,
                    endReason,
                    evidence,
                    language,
                    configGeneration,
                    variant,
                    speechEndedAt,
                    endedAt,
                    heardBy,
                    direct,
                    tenure,
                    traceparent);
        }
    }

    /** The same, heard under this lease. */
    public SealedUtterance heardUnder(Tenure tenure) {
        return new SealedUtterance(header.with(tenure, header.traceparent()), samples);
    }

    /** The same, traced by the step that wrote this header. */
    public SealedUtterance tracedBy(@Nullable String traceparent) {
        return new SealedUtterance(header.tracedBy(traceparent), samples);
    }
}
