package dev.june.stt.worker.livekit;

import java.util.Arrays;
import java.util.stream.IntStream;

/** For tests: how much one recording sounds like another, wherever in it and however much was stretched in between. */
final class Similarity {
    private static final int WINDOW = 2_000; // 125 ms at 16 kHz
    private static final double LOUD_RMS = 500;

    private Similarity() {}

    /** The median over the source's loud windows of the best correlation anywhere in what was heard; 1 is the same sound. */
    static double of(short[] source, short[] heard) {
        double[] best = IntStream.range(0, source.length / WINDOW)
                .map(i -> i * WINDOW)
                .filter(start -> rms(source, start) > LOUD_RMS)
                .parallel()
                .mapToDouble(start -> best(source, start, heard))
                .sorted()
                .toArray();
        if (best.length == 0) {
            throw new IllegalArgumentException("the source has no loud window");
        }
        return best[best.length / 2];
    }

    private static double best(short[] source, int start, short[] heard) {
        double[] window = new double[WINDOW];
        Arrays.setAll(window, i -> source[start + i]);
        double windowEnergy = Arrays.stream(window).map(x -> x * x).sum();
        double energy = 0;
        for (int i = 0; i < Math.min(WINDOW, heard.length); i++) {
            energy += (double) heard[i] * heard[i];
        }
        double best = 0;
        for (int lag = 0; lag + WINDOW < heard.length; lag++) {
            double product = 0;
            for (int i = 0; i < WINDOW; i++) {
                product += window[i] * heard[lag + i];
            }
            if (energy > 0) {
                best = Math.max(best, product / Math.sqrt(windowEnergy * energy));
            }
            energy += (double) heard[lag + WINDOW] * heard[lag + WINDOW] - (double) heard[lag] * heard[lag];
        }
        return best;
    }

    private static double rms(short[] samples, int start) {
        double sum = 0;
        for (int i = start; i < start + WINDOW; i++) {
            sum += (double) samples[i] * samples[i];
        }
        return Math.sqrt(sum / WINDOW);
    }
}
