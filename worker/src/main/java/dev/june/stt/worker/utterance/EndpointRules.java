package dev.june.stt.worker.utterance;

import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Segmentation;
import dev.june.stt.worker.audio.Pcm;

/**
 * The thresholds of {@link Segmentation} in samples.
 *
 * @param clearSpeech stretch that opens an utterance although it is shorter than {@code minSpeech}, if its mean probability is at
 *     least {@code clearProbability}: "yes" and "no" are short and clear
 * @param firstPartial speech before the first partial
 * @param cutSearch stretch before {@code maxUtterance} in which the quietest moment is looked for
 */
public record EndpointRules(
        double enter,
        double exit,
        long minSpeech,
        long clearSpeech,
        double clearProbability,
        long endSilence,
        long preRoll,
        long postRoll,
        long maxUtterance,
        long partialInterval,
        long firstPartial,
        long cutSearch) {

    public static EndpointRules of(Segmentation segmentation) {
        long minSpeech = samples(segmentation.minSpeech());
        long maxUtterance = samples(segmentation.maxUtterance());
        long partialInterval = samples(segmentation.partialInterval());
        return new EndpointRules(
                segmentation.vadThreshold(),
                segmentation.vadExitThreshold(),
                minSpeech,
                Math.min(minSpeech, Pcm.SAMPLE_RATE_HZ * 120L / 1000),
                0.8,
                samples(segmentation.endSilence()),
                samples(segmentation.preRoll()),
                Math.min(samples(segmentation.postRoll()), samples(segmentation.endSilence())),
                maxUtterance,
                partialInterval,
                Math.max(samples(segmentation.minAudio()), partialInterval * 4 / 5),
                Math.min(maxUtterance / 2, 3L * Pcm.SAMPLE_RATE_HZ));
    }

    private static long samples(KubeDuration duration) {
        return Pcm.samples(duration.value());
    }
}
