package dev.june.stt.worker.recognition;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/** Sounds without words, generated: the same for the same seed. */
public final class Sounds {
    private static final int RATE = 16_000;

    private Sounds() {}

    /** Every kind once, by name. */
    public static Map<String, short[]> all(double seconds, long seed) {
        Map<String, short[]> sounds = new LinkedHashMap<>();
        sounds.put("silence", sound(seconds, _ -> 0));
        sounds.put("dither", sound(seconds, noise(seed, 0.0001)));
        sounds.put("quiet white noise", sound(seconds, noise(seed, 0.002)));
        sounds.put("white noise", sound(seconds, noise(seed, 0.1)));
        sounds.put("clipped white noise", sound(seconds, noise(seed, 3)));
        sounds.put("pink noise", sound(seconds, pink(seed, 0.1)));
        sounds.put("brown noise", sound(seconds, brown(seed, 0.2)));
        sounds.put("hum", sound(seconds, hum(seed, 0.2)));
        sounds.put("fan", sound(seconds, plus(pink(seed, 0.05), hum(seed + 1, 0.05))));
        sounds.put("clicks", sound(seconds, clicks(seed, 3)));
        sounds.put("typing", sound(seconds, plus(clicks(seed, 8), noise(seed, 0.001))));
        sounds.put("music", sound(seconds, music(seed)));
        sounds.put(
                "siren",
                sound(seconds, i -> 0.3 * Math.sin(2 * Math.PI * 60 * Math.sin(3.0 * i / RATE) + 5.0 * i / 8)));
        sounds.put("bursts", sound(seconds, gated(noise(seed, 0.2), seed)));
        return sounds;
    }

    private static short[] sound(double seconds, IntToDoubleFunction value) {
        short[] samples = new short[(int) (seconds * RATE)];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (32767 * Math.clamp(value.applyAsDouble(i), -1, 1));
        }
        return samples;
    }

    private static IntToDoubleFunction noise(long seed, double level) {
        Random random = new Random(seed);
        return _ -> level * random.nextGaussian();
    }

    private static IntToDoubleFunction brown(long seed, double level) {
        Random random = new Random(seed);
        double[] sum = new double[1];
        return _ -> level * (sum[0] = 0.995 * sum[0] + 0.1 * random.nextGaussian());
    }

    /** A sum of white noises that change at rates an octave apart. */
    private static IntToDoubleFunction pink(long seed, double level) {
        Random random = new Random(seed);
        double[] rows = new double[12];
        return i -> {
            int row = Math.min(rows.length - 1, Integer.numberOfTrailingZeros(i + 1));
            rows[row] = random.nextGaussian();
            double sum = 0;
            for (double value : rows) {
                sum += value;
            }
            return level * sum / 3;
        };
    }

    private static IntToDoubleFunction hum(long seed, double level) {
        double mains = new Random(seed).nextBoolean() ? 50 : 60;
        return i -> {
            double t = 2 * Math.PI * mains * i / RATE;
            return level * (Math.sin(t) + 0.5 * Math.sin(2 * t) + 0.3 * Math.sin(3 * t) + 0.1 * Math.sin(7 * t));
        };
    }

    private static IntToDoubleFunction clicks(long seed, double perSecond) {
        Random random = new Random(seed);
        double[] ring = new double[1];
        return i -> {
            if (random.nextDouble() < perSecond / RATE) {
                ring[0] = 0.8;
            }
            ring[0] *= 0.99;
            return ring[0] * Math.sin(i * 0.7);
        };
    }

    /** Chords of three decaying tones, two a second. */
    private static IntToDoubleFunction music(long seed) {
        Random random = new Random(seed);
        double[] tones = new double[3];
        return i -> {
            int beat = RATE / 2;
            if (i % beat == 0) {
                double root = 110 * Math.pow(2, random.nextInt(12) / 12.0);
                tones[0] = root;
                tones[1] = root * 1.26;
                tones[2] = root * 1.5;
            }
            double sum = 0;
            for (double tone : tones) {
                sum += Math.sin(2 * Math.PI * tone * i / RATE) + 0.3 * Math.sin(4 * Math.PI * tone * i / RATE);
            }
            return 0.1 * sum * Math.exp(-3.0 * (i % beat) / beat);
        };
    }

    /** On and off at random, some times a second. */
    private static IntToDoubleFunction gated(IntToDoubleFunction sound, long seed) {
        Random random = new Random(seed);
        boolean[] on = new boolean[1];
        return i -> {
            if (i % (RATE / 8) == 0) {
                on[0] = random.nextInt(3) == 0;
            }
            return on[0] ? sound.applyAsDouble(i) : 0;
        };
    }

    private static IntToDoubleFunction plus(IntToDoubleFunction a, IntToDoubleFunction b) {
        return i -> a.applyAsDouble(i) + b.applyAsDouble(i);
    }
}
