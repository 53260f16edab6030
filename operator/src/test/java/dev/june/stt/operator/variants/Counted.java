package dev.june.stt.operator.variants;

import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Sums;
import java.util.ArrayList;
import java.util.List;

/** Sums for tests. */
final class Counted {
    private Counted() {}

    /** Finals that all took this long, and utterances without text and failed ones. */
    static Sums utterances(long finals, long millis, double logProbability, long empty, long failed) {
        List<Long> latencies = new ArrayList<>(Sums.NONE.latencies());
        latencies.set(VariantTallies.latencyClass(millis), finals);
        return new Sums(finals, empty, 0, failed, finals * logProbability, latencies);
    }
}
