package dev.june.stt.worker.recognition;

import dev.june.stt.worker.audio.Pcm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Audio that is longer than the model's window, cut into pieces at quiet points. Neighbours overlap, so that a word at a cut is whole in
 * at least one of them; {@link Splice} joins their words. Pure.
 */
final class LongAudio {
    /** The model hears 30 s; room for the silence that is put behind. */
    private static final double WINDOW_SECONDS = 28.5;

    private static final double LONGEST_PIECE_SECONDS = 25;
    private static final double SHORTEST_PIECE_SECONDS = 15;
    private static final double OVERLAP_SECONDS = 1.5;
    private static final double QUIET_SECONDS = 0.2;
    private static final int FRAME_SAMPLES = Pcm.SAMPLE_RATE_HZ / 100;

    private LongAudio() {}

    /**
     * A piece, in samples.
     *
     * @param cut where the piece before should end and this one begin; 0 for the first
     */
    record Piece(int from, int to, int cut) {
        double startSeconds() {
            return Pcm.seconds(from);
        }

        double cutSeconds() {
            return Pcm.seconds(cut);
        }

        short[] of(short[] samples) {
            return to - from == samples.length ? samples : Arrays.copyOfRange(samples, from, to);
        }
    }

    /** One piece if it fits into the window. */
    static List<Piece> pieces(short[] samples) {
        int overlap = samples(OVERLAP_SECONDS);
        List<Piece> pieces = new ArrayList<>();
        int cut = 0;
        while (samples.length - Math.max(0, cut - overlap) > samples(WINDOW_SECONDS)) {
            int next = quietest(
                    samples,
                    cut + samples(SHORTEST_PIECE_SECONDS),
                    Math.min(cut + samples(LONGEST_PIECE_SECONDS), samples.length - overlap));
            pieces.add(new Piece(Math.max(0, cut - overlap), next + overlap, cut));
            cut = next;
        }
        pieces.add(new Piece(Math.max(0, cut - overlap), samples.length, cut));
        return pieces;
    }

    /** The middle of the quietest moment; the last one if several are as quiet. */
    private static int quietest(short[] samples, int from, int to) {
        int width = samples(QUIET_SECONDS);
        long energy = 0;
        for (int i = from; i < from + width; i++) {
            energy += (long) samples[i] * samples[i];
        }
        long lowest = energy;
        int best = from;
        for (int start = from + FRAME_SAMPLES; start + width <= to; start += FRAME_SAMPLES) {
            for (int i = start - FRAME_SAMPLES; i < start; i++) {
                energy -= (long) samples[i] * samples[i];
                energy += (long) samples[i + width] * samples[i + width];
            }
            if (energy <= lowest) {
                lowest = energy;
                best = start;
            }
        }
        return best + width / 2;
    }

    private static int samples(double seconds) {
        return (int) (seconds * Pcm.SAMPLE_RATE_HZ);
    }
}
