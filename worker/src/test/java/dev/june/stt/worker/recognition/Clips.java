package dev.june.stt.worker.recognition;

import dev.june.stt.testing.Speech;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The recordings that the setup provides; which ones depends on the machine, but some are in English everywhere. */
public final class Clips {
    public static final List<Speech> ENGLISH = Speech.all().stream()
            .filter(clip -> clip.language().equals("en"))
            .sorted(Comparator.comparingInt(clip -> clip.samples().length))
            .toList();

    private Clips() {}

    /** The shortest that are a sentence. */
    public static List<Speech> shortOnes(int count) {
        return ENGLISH.stream()
                .filter(clip -> clip.reference().split(" ", -1).length > 2)
                .limit(count)
                .toList();
    }

    static double seconds(Speech clip) {
        return clip.samples().length / 16_000.0;
    }

    static short[] silence(double seconds) {
        return new short[(int) (seconds * 16_000)];
    }

    static short[] joined(List<short[]> parts) {
        short[] all = new short[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (short[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    static short[] between(Speech clip, double from, double to) {
        return Arrays.copyOfRange(clip.samples(), (int) (from * 16_000), (int) (to * 16_000));
    }

    /** Without the quiet at both ends. */
    static short[] trimmed(Speech clip) {
        short[] samples = clip.samples();
        int peak = 0;
        for (short sample : samples) {
            peak = Math.max(peak, Math.abs(sample));
        }
        int from = 0;
        int to = samples.length;
        while (from < to && Math.abs(samples[from]) < peak / 20) {
            from++;
        }
        while (to > from && Math.abs(samples[to - 1]) < peak / 20) {
            to--;
        }
        return Arrays.copyOfRange(samples, from, to);
    }
}
