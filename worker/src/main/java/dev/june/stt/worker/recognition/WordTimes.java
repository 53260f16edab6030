package dev.june.stt.worker.recognition;

import dev.june.stt.worker.audio.Pcm;
import dev.june.stt.worker.recognition.Words.Hint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * When each word was said. The decoder says times only at the ends of a stretch of words, but at every word it has a time that it would
 * have said. Most of those are right and some are nowhere near, so the longest run of them is kept in which every word has a length that
 * can be spoken; words between them share the sound there in proportion to their letters, pauses left out. Pure.
 */
final class WordTimes {
    private static final double FRAME_SECONDS = 0.01;
    private static final int FRAME_SAMPLES = (int) (Pcm.SAMPLE_RATE_HZ * FRAME_SECONDS);

    /** Frames below this share of the loud ones (20 dB) are taken for a pause. */
    private static final double PAUSE = 0.1;

    private static final double LOUD_QUANTILE = 0.9;

    /** Speech has up to 25 letters a second and seldom fewer than 4, pauses left out. */
    private static final double SHORTEST_LETTER_SECONDS = 0.03;

    private static final double LONGEST_LETTER_SECONDS = 0.25;
    private static final double LONGEST_WORD_MARGIN_SECONDS = 0.3;
    private static final double HABIT_WEIGHT = 0.02;

    /** No pause inside a word is as long; shorter ones are its consonants. */
    private static final int LONGEST_PAUSE_FRAMES = 25;

    private final double seconds;

    /** Frames with sound before each frame; one longer than the audio. */
    private final int[] soundBefore;

    /** The frames with sound. */
    private final int[] sound;

    WordTimes(short[] samples, double seconds) {
        this.seconds = seconds;
        double[] levels = levels(samples);
        double[] sorted = levels.clone();
        Arrays.sort(sorted);
        double threshold = sorted.length == 0 ? 0 : PAUSE * sorted[(int) (LOUD_QUANTILE * (sorted.length - 1))];
        soundBefore = new int[levels.length + 1];
        for (int i = 0; i < levels.length; i++) {
            soundBefore[i + 1] = soundBefore[i] + (levels[i] > threshold ? 1 : 0);
        }
        sound = IntStream.range(0, levels.length)
                .filter(i -> levels[i] > threshold)
                .toArray();
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
        List<SpokenWord> timed = new ArrayList<>();
        List<Anchor> anchors = anchors(stretch);
        for (int i = 1; i < anchors.size(); i++) {
            Anchor from = anchors.get(i - 1);
            Anchor to = anchors.get(i);
            timed.addAll(share(stretch.words().subList(from.word, to.word), from.time, to.time));
        }
        return timed;
    }

    /** A word that is known to begin at a time; the last one stands behind the last word. */
    private record Anchor(int word, double time, double weight) {}

    /** The best chain from the beginning of the stretch to its end: as many words as possible, then the likeliest. */
    private List<Anchor> anchors(Words.Stretch stretch) {
        List<Anchor> all = new ArrayList<>();
        all.add(new Anchor(0, stretch.start(), 0));
        for (int i = 1; i < stretch.words().size(); i++) {
            Hint hint = stretch.hints().get(i);
            if (hint.time() > stretch.start() && hint.time() < stretch.end() && !isHabit(hint)) {
                all.add(new Anchor(i, hint.time(), 1 + hint.weight()));
            }
        }
        all.add(new Anchor(stretch.words().size(), stretch.end(), 0));
        int[] before = new int[all.size()];
        double[] best = new double[all.size()];
        for (int to = 1; to < all.size(); to++) {
            best[to] = Double.NEGATIVE_INFINITY;
            for (int from = 0; from < to; from++) {
                boolean whole = from == 0 && to == all.size() - 1; // always possible
                double score = best[from] + all.get(to).weight;
                if (score > best[to] && (whole || canBeSpoken(stretch, all.get(from), all.get(to)))) {
                    best[to] = score;
                    before[to] = from;
                }
            }
        }
        List<Anchor> chain = new ArrayList<>();
        for (int i = all.size() - 1; i > 0; i = before[i]) {
            chain.addFirst(all.get(i));
        }
        chain.addFirst(all.getFirst());
        return chain;
    }

    /** Where the decoder has no idea it leans to whole seconds. */
    private static boolean isHabit(Hint hint) {
        return hint.weight() < HABIT_WEIGHT && Math.abs(hint.time() - Math.rint(hint.time())) < FRAME_SECONDS;
    }

    private boolean canBeSpoken(Words.Stretch stretch, Anchor from, Anchor to) {
        int letters = letters(stretch.words().subList(from.word, to.word));
        double soundSeconds = (soundBefore(to.time) - soundBefore(from.time)) * FRAME_SECONDS;
        return to.time - from.time >= letters * SHORTEST_LETTER_SECONDS
                && soundSeconds <= letters * LONGEST_LETTER_SECONDS + LONGEST_WORD_MARGIN_SECONDS;
    }

    private List<SpokenWord> share(List<SpokenWord> words, double start, double end) {
        double letters = letters(words);
        int first = soundBefore(start);
        int frames = soundBefore(end) - first;
        List<SpokenWord> timed = new ArrayList<>();
        double before = 0;
        for (SpokenWord word : words) {
            double after = before + letters(List.of(word));
            if (frames == 0) {
                timed.add(word.at(start + (end - start) * before / letters, start + (end - start) * after / letters));
            } else {
                int from = Math.min(frames - 1, (int) (before / letters * frames));
                int to = (int) Math.max(from + 1, Math.round(after / letters * frames));
                timed.add(withoutPause(word, first + from, first + to - 1));
            }
            before = after;
        }
        return timed;
    }

    /** From one frame with sound to another, or the longest part of that without a pause: the rest is the neighbour's. */
    private SpokenWord withoutPause(SpokenWord word, int first, int last) {
        int bestFrom = first;
        int bestTo = first;
        int from = first;
        for (int n = first + 1; n <= last; n++) {
            if (sound[n] - sound[n - 1] > LONGEST_PAUSE_FRAMES) {
                from = n;
            }
            if (n - from >= bestTo - bestFrom) {
                bestFrom = from;
                bestTo = n;
            }
        }
        double start = sound[bestFrom] * FRAME_SECONDS;
        return word.at(start, Math.clamp((sound[bestTo] + 1) * FRAME_SECONDS, start, Math.max(start, seconds)));
    }

    private int soundBefore(double time) {
        return soundBefore[Math.clamp(Math.round(time / FRAME_SECONDS), 0, soundBefore.length - 1)];
    }

    private static int letters(List<SpokenWord> words) {
        int letters = 0;
        for (SpokenWord word : words) {
            letters += Math.max(1, word.text().codePointCount(0, word.text().length()));
        }
        return letters;
    }
}
