package dev.june.stt.worker.recognition;

import dev.june.stt.worker.audio.Pcm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * When each word was said. The decoder gives times for stretches of words only; within one, words are spread over the sound in proportion
 * to their length, pauses left out. Good to about 0.2 s on read speech (WordTimesIT). Pure.
 */
final class WordTimes {
    private static final double FRAME_SECONDS = 0.01;
    private static final int FRAME_SAMPLES = (int) (Pcm.SAMPLE_RATE_HZ * FRAME_SECONDS);

    /** Frames below this share of the loud ones (20 dB) are taken for a pause. */
    private static final double PAUSE = 0.1;

    private static final double LOUD_QUANTILE = 0.9;

    private final boolean[] sound;
    private final double seconds;

    WordTimes(short[] samples, double seconds) {
        this.seconds = seconds;
        double[] levels = levels(samples);
        double[] sorted = levels.clone();
        Arrays.sort(sorted);
        double threshold = sorted.length == 0 ? 0 : PAUSE * sorted[(int) (LOUD_QUANTILE * (sorted.length - 1))];
        sound = new boolean[levels.length];
        for (int i = 0; i < levels.length; i++) {
            sound[i] = levels[i] > threshold;
        }
    }

    private static double[] levels(short[] samples) {
        double[] levels = new double[Math.ceilDiv(samples.length, FRAME_SAMPLES)];
        for (int i = 0; i < samples.length; i++) {
            levels[i / FRAME_SAMPLES] += (double) samples[i] * samples[i];
        }
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Math.sqrt(levels[i] / FRAME_SAMPLES);
        }
        return levels;
    }

    List<SpokenWord> spread(Words.Stretch stretch) {
        double[] frames = soundBetween(stretch.start(), stretch.end());
        double letters = stretch.words().stream().mapToInt(WordTimes::weight).sum();
        List<SpokenWord> words = new ArrayList<>();
        double before = 0;
        for (SpokenWord word : stretch.words()) {
            double after = before + weight(word);
            double start = frames[(int) Math.min(frames.length - 1, before / letters * frames.length)];
            double end = frames[(int) Math.clamp(Math.ceil(after / letters * frames.length) - 1, 0, frames.length - 1)];
            words.add(word.at(start, Math.min(seconds, end + FRAME_SECONDS)));
            before = after;
        }
        return words;
    }

    /** Start times of the frames with sound; of all frames if there is none. Never empty. */
    private double[] soundBetween(double start, double end) {
        int from = (int) Math.floor(start / FRAME_SECONDS + 1e-6);
        int to = Math.max(from + 1, (int) Math.ceil(end / FRAME_SECONDS - 1e-6));
        double[] heard = frames(from, to, true);
        return heard.length > 0 ? heard : frames(from, to, false);
    }

    private double[] frames(int from, int to, boolean soundOnly) {
        return IntStream.range(from, to)
                .filter(frame -> !soundOnly || frame < sound.length && sound[frame])
                .mapToDouble(frame -> frame * FRAME_SECONDS)
                .toArray();
    }

    private static int weight(SpokenWord word) {
        return Math.max(1, word.text().codePointCount(0, word.text().length()));
    }
}
