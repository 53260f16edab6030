package dev.june.stt.operator.variants;

import dev.june.stt.config.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Compares a variant with the pipeline itself. Pure. */
final class Judge {
    /** Two things that are the same never measure the same: within this part of a bound they count as equally good. */
    private static final double SAME = 0.25;

    private Judge() {}

    /** How the two compare. */
    enum Finding {
        NOT_ENOUGH,
        WORSE,
        BETWEEN,
        AS_GOOD
    }

    /** @param message why, for people */
    record Verdict(Finding finding, String message) {}

    /** How much worse the variant is in one respect, against what is allowed. */
    private record Difference(String what, double found, double allowed, String unit) {
        boolean isWorse() {
            return found > allowed;
        }

        boolean isAsGood() {
            return found <= SAME * allowed;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s %.2f%s worse (allowed %.2f)", what, found, unit, allowed);
        }
    }

    static Verdict judge(Comparison bounds, Figures own, Figures pipeline) {
        long needed = bounds.minUtterances();
        if (own.utterances() < needed || pipeline.utterances() < needed) {
            return new Verdict(
                    Finding.NOT_ENOUGH,
                    "Compared when both have " + needed + " utterances: the variant has " + own.utterances()
                            + ", the pipeline itself " + pipeline.utterances() + ".");
        }
        List<Difference> all = differences(bounds, own, pipeline);
        List<Difference> worse = all.stream().filter(Difference::isWorse).toList();
        if (!worse.isEmpty()) {
            return new Verdict(
                    Finding.WORSE,
                    String.join("; ", worse.stream().map(Difference::toString).toList()) + ".");
        }
        return all.stream().allMatch(Difference::isAsGood)
                ? new Verdict(Finding.AS_GOOD, "In no respect worse than the pipeline itself.")
                : new Verdict(Finding.BETWEEN, "Within the bounds, but not as good as the pipeline itself.");
    }

    private static List<Difference> differences(Comparison bounds, Figures own, Figures pipeline) {
        List<Difference> differences = new ArrayList<>();
        OptionalDouble p95 = own.latencyMs(0.95);
        OptionalDouble usual = pipeline.latencyMs(0.95);
        if (p95.isPresent() && usual.isPresent()) {
            double increase = 100 * (p95.getAsDouble() / usual.getAsDouble() - 1);
            differences.add(new Difference("p95 of the final's latency", increase, bounds.maxLatencyIncrease(), " %"));
        }
        differences.add(new Difference(
                "share without text",
                own.emptyPercent() - pipeline.emptyPercent(),
                bounds.maxEmptyIncrease(),
                " points"));
        differences.add(new Difference(
                "share that failed",
                own.failedPercent() - pipeline.failedPercent(),
                bounds.maxFailedIncrease(),
                " points"));
        OptionalDouble mean = own.meanLogProbability();
        OptionalDouble usualMean = pipeline.meanLogProbability();
        if (mean.isPresent() && usualMean.isPresent()) {
            differences.add(new Difference(
                    "mean log-probability",
                    usualMean.getAsDouble() - mean.getAsDouble(),
                    bounds.maxLogProbabilityDrop(),
                    ""));
        }
        return differences;
    }
}
