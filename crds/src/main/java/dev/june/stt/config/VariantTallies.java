package dev.june.stt.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What became of the utterances of variants, and of the pipeline itself meanwhile: JSON under {@link dev.june.stt.transcript.Keys#VARIANTS}
 * in the pipeline's KV bucket. Workers add to it by compare-and-set, so that it outlives them; the operator reads it.
 */
public record VariantTallies(List<Tally> tallies) {
    public static final VariantTallies NONE = new VariantTallies(List.of());

    /** Upper bounds of the latency classes, in milliseconds, each a quarter above the one before; one class more is above all. */
    public static final List<Long> LATENCY_BOUNDS = bounds();

    public VariantTallies {
        tallies = List.copyOf(tallies);
    }

    /**
     * One variant, in one form.
     *
     * @param since {@link Share#since}
     * @param own its utterances
     * @param pipeline those of the pipeline itself in the same time
     */
    public record Tally(String variant, long since, Sums own, Sums pipeline) {
        public Tally plus(Tally other) {
            return new Tally(variant, since, own.plus(other.own), pipeline.plus(other.pipeline));
        }
    }

    /**
     * Utterances by how they closed.
     *
     * @param logProbability sum over the finals of their mean log-probability
     * @param latencies finals by the time from the end of speech to their publishing, a number for each class of {@link #LATENCY_BOUNDS}
     *     and one for those above
     */
    public record Sums(
            long finals, long empty, long discarded, long failed, double logProbability, List<Long> latencies) {
        public static final Sums NONE = new Sums(0, 0, 0, 0, 0, Collections.nCopies(LATENCY_BOUNDS.size() + 1, 0L));

        public Sums {
            if (latencies.size() != LATENCY_BOUNDS.size() + 1) {
                throw new IllegalArgumentException(
                        "latencies: expected " + (LATENCY_BOUNDS.size() + 1) + " classes, got " + latencies.size());
            }
            latencies = List.copyOf(latencies);
        }

        public Sums plus(Sums other) {
            List<Long> both = new ArrayList<>();
            for (int i = 0; i < latencies.size(); i++) {
                both.add(latencies.get(i) + other.latencies.get(i));
            }
            return new Sums(
                    finals + other.finals,
                    empty + other.empty,
                    discarded + other.discarded,
                    failed + other.failed,
                    logProbability + other.logProbability,
                    both);
        }
    }

    /** The class that a latency falls into. */
    public static int latencyClass(long millis) {
        int found = Collections.binarySearch(LATENCY_BOUNDS, millis);
        return found >= 0 ? found : -found - 1;
    }

    private static List<Long> bounds() {
        List<Long> bounds = new ArrayList<>();
        for (double bound = 100; bound < 75_000; bound *= 1.25) {
            bounds.add(Math.round(bound));
        }
        return List.copyOf(bounds);
    }
}
