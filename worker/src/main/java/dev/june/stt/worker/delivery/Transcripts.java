package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.recognition.Recognition;
import java.time.Duration;
import java.time.Instant;

/** What is published about a decoded utterance. Pure. */
final class Transcripts {
    private Transcripts() {}

    /**
     * @param variant whose recognizer it was
     * @param now when it is published
     * @return a final or a void; a dropped decode has no transcript and is refused
     */
    static Transcript of(
            NumberedUtterance.Header numbered,
            Recognition recognition,
            String variant,
            String model,
            String worker,
            Instant now) {
        return switch (recognition) {
            case Recognition.Text text -> finalOf(numbered, text, variant, model, worker, now);
            case Recognition.NoWords _ -> voided(numbered, Transcript.Outcome.EMPTY, "no_words", variant, worker);
            case Recognition.Suppressed(String guard, var _) ->
                voided(numbered, Transcript.Outcome.DISCARDED, guard, variant, worker);
            case Recognition.Failed(String reason, String _) ->
                voided(numbered, Transcript.Outcome.FAILED, reason, variant, worker);
            case Recognition.Dropped(String reason) ->
                throw new IllegalArgumentException(
                        numbered.utteranceId() + " was dropped (" + reason + "): decode it again");
        };
    }

    private static Transcript.Final finalOf(
            NumberedUtterance.Header numbered,
            Recognition.Text text,
            String variant,
            String model,
            String worker,
            Instant now) {
        SealedUtterance.Header utterance = numbered.sealed();
        Transcript.Language known = utterance.language();
        Transcript.Language language = known.code().equals(LanguagePolicy.AUTO) ? text.language() : known;
        return new Transcript.Final(
                numbered.utteranceId(),
                utterance.origin(),
                numbered.sequence(),
                text.text(),
                language,
                text.words().stream()
                        .map(word -> new Transcript.Word(
                                word.text(),
                                rounded(utterance.audioStart() + word.start()),
                                rounded(utterance.audioStart() + word.end()),
                                rounded(word.probability())))
                        .toList(),
                utterance.speech(),
                utterance.endReason(),
                model,
                new Transcript.Confidence(
                        rounded(text.meanLogProbability()),
                        text.noSpeechProbability() == null ? null : rounded(text.noSpeechProbability()),
                        rounded(utterance.evidence().meanProbability())),
                latency(utterance, text.timing().decoded(), now),
                utterance.configGeneration(),
                worker,
                variant);
    }

    static Transcript.Voided voided(
            NumberedUtterance.Header numbered,
            Transcript.Outcome outcome,
            String reason,
            String variant,
            String worker) {
        SealedUtterance.Header utterance = numbered.sealed();
        return new Transcript.Voided(
                numbered.utteranceId(),
                utterance.origin(),
                numbered.sequence(),
                outcome,
                reason,
                utterance.speech(),
                utterance.endReason(),
                utterance.configGeneration(),
                worker,
                variant);
    }

    /** A decode that began before the endpoint did not wait. */
    private static Transcript.Latency latency(SealedUtterance.Header utterance, Duration decoded, Instant now) {
        long endpoint = millis(utterance.speechEndedAt(), utterance.endedAt());
        long sinceEndpoint = millis(utterance.endedAt(), now);
        long queued = Math.max(0, sinceEndpoint - decoded.toMillis());
        return new Transcript.Latency(endpoint, queued, decoded.toMillis(), millis(utterance.speechEndedAt(), now));
    }

    private static long millis(Instant from, Instant to) {
        return Math.max(0, Duration.between(from, to).toMillis());
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
