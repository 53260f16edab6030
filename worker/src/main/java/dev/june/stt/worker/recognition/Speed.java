package dev.june.stt.worker.recognition;

import dev.june.stt.worker.audio.Pcm;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.Recognition.Failed;
import dev.june.stt.worker.recognition.Recognition.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * How many seconds of speech one state decodes in a second: measured at warm-up, then a moving average over finals, in which a decode of
 * long speech counts for more. Any thread.
 */
final class Speed {
    private static final double WARM_UP_SECONDS = 5;

    /** Speech that halves the weight of what was measured before. */
    private static final double HALF_LIFE_SECONDS = 60;

    private volatile Average average = new Average(0, 0);

    private record Average(double audioSeconds, double decodeSeconds) {
        Average plus(double audio, double decode) {
            double kept = Math.pow(0.5, audio / HALF_LIFE_SECONDS);
            return new Average(audioSeconds * kept + audio, decodeSeconds * kept + decode);
        }
    }

    double value() {
        Average now = average;
        return now.decodeSeconds == 0 ? 0 : now.audioSeconds / now.decodeSeconds;
    }

    /** @param decoded with as many threads as a state has when all are busy */
    synchronized void observe(DecodeRequest request, Duration decoded) {
        if (request.priority() != Priority.PARTIAL) {
            average = average.plus(request.seconds(), decoded.toNanos() / 1e9);
        }
    }

    /**
     * Decodes a made-up sound on a state, so that all its memory is there before the first speech comes.
     *
     * @throws IllegalStateException if the library cannot decode
     */
    void warmUp(WhisperDecoder decoder, int threads) {
        DecodeRequest request = new DecodeRequest(
                "warm-up",
                Priority.FINAL,
                babble(),
                "en",
                List.of(),
                List.of(),
                new SpeechEvidence(WARM_UP_SECONDS, 1));
        long begin = System.nanoTime();
        Recognition recognition =
                decoder.recognize(request, threads, () -> false, () -> new Timing(Duration.ZERO, Duration.ZERO));
        if (recognition instanceof Failed failed && failed.reason().equals(WhisperDecoder.NATIVE)) {
            throw new IllegalStateException(failed.message());
        }
        observe(request, Duration.ofNanos(System.nanoTime() - begin));
    }

    /** A voice-like sound: pulses of a gliding pitch, four syllables a second, a little noise. The same every time. */
    static short[] babble() {
        short[] samples = new short[(int) (WARM_UP_SECONDS * Pcm.SAMPLE_RATE_HZ)];
        Random noise = new Random(1);
        double phase = 0;
        for (int i = 0; i < samples.length; i++) {
            double t = Pcm.seconds(i);
            phase += (120 + 30 * Math.sin(2 * Math.PI * 0.7 * t)) / Pcm.SAMPLE_RATE_HZ;
            double syllable = Math.pow(Math.sin(Math.PI * 4 * t), 2);
            double voice = 0;
            for (int harmonic = 1; harmonic <= 20; harmonic++) {
                double formant = 500 + 1000 * Math.pow(Math.sin(Math.PI * 1.3 * t), 2);
                double distance = (harmonic * 120 - formant) / 300;
                voice += Math.exp(-distance * distance) * Math.sin(2 * Math.PI * harmonic * phase);
            }
            samples[i] = (short) (6000 * syllable * voice / 3 + 60 * noise.nextGaussian());
        }
        return samples;
    }
}
