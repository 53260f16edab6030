package dev.june.stt.operator.variants;

import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Sums;
import dev.june.stt.resource.VariantStatus.VariantFigures;
import java.util.List;
import java.util.OptionalDouble;

/** Sums over utterances, read as figures. Pure. */
record Figures(Sums sums) {
    long utterances() {
        return sums.finals() + withoutText() + sums.failed();
    }

    private long withoutText() {
        return sums.empty() + sums.discarded();
    }

    /** Utterances that ended without text, in percent. */
    double emptyPercent() {
        return percent(withoutText());
    }

    double failedPercent() {
        return percent(sums.failed());
    }

    /** Mean over the finals of their mean log-probability. */
    OptionalDouble meanLogProbability() {
        return sums.finals() == 0 ? OptionalDouble.empty() : OptionalDouble.of(sums.logProbability() / sums.finals());
    }

    /**
     * Time within which this share of the finals came, in milliseconds: within a class of latencies, as if they were spread evenly over it.
     *
     * @param share above 0 and at most 1
     */
    OptionalDouble latencyMs(double share) {
        long all = sums.latencies().stream().mapToLong(Long::longValue).sum();
        double wanted = share * all;
        double before = 0;
        for (int i = 0; i < sums.latencies().size(); i++) {
            long here = sums.latencies().get(i);
            if (here > 0 && before + here >= wanted) {
                return OptionalDouble.of(lower(i) + (upper(i) - lower(i)) * (wanted - before) / here);
            }
            before += here;
        }
        return OptionalDouble.empty();
    }

    VariantFigures reported() {
        OptionalDouble p50 = latencyMs(0.5);
        OptionalDouble p95 = latencyMs(0.95);
        OptionalDouble mean = meanLogProbability();
        return new VariantFigures(
                utterances(),
                p50.isPresent() ? Math.round(p50.getAsDouble()) : null,
                p95.isPresent() ? Math.round(p95.getAsDouble()) : null,
                rounded(emptyPercent(), 10),
                rounded(failedPercent(), 10),
                mean.isPresent() ? rounded(mean.getAsDouble(), 1_000) : null);
    }

    private double percent(long part) {
        return utterances() == 0 ? 0 : 100.0 * part / utterances();
    }

    private static double lower(int index) {
        return index == 0 ? 0 : bounds().get(index - 1);
    }

    private static double upper(int index) {
        return index < bounds().size() ? bounds().get(index) : 2.0 * bounds().getLast();
    }

    private static List<Long> bounds() {
        return VariantTallies.LATENCY_BOUNDS;
    }

    private static double rounded(double value, int parts) {
        return Math.round(value * parts) / (double) parts;
    }
}
