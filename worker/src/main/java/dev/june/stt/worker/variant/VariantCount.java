package dev.june.stt.worker.variant;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Share;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Sums;
import dev.june.stt.config.VariantTallies.Tally;
import dev.june.stt.transcript.Transcript;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What this worker has to add to the tallies of the variants. Only utterances are counted that were heard since the variant took its present
 * form, and those of the pipeline itself in the same time. Bounded by the variants of the spec. Any thread.
 */
public final class VariantCount {
    /** Fixed names of failures that say nothing about a variant: the utterance was not to be decoded. */
    private static final Set<String> NOT_DECODED = Set.of("superseded", "too_large");

    private final Supplier<PipelineConfig> config;

    @GuardedBy("this")
    private Map<String, Tally> waiting = new HashMap<>();

    public VariantCount(Supplier<PipelineConfig> config) {
        this.config = config;
    }

    /** An utterance is closed. */
    public synchronized void closed(Transcript transcript) {
        Closed closed = read(transcript);
        if (closed.sums().equals(Sums.NONE)) {
            return;
        }
        for (Share share : Treatment.shares(config.get())) {
            boolean own = share.variant().equals(closed.variant());
            if (closed.generation() < share.since() || !(own || closed.variant().equals(Treatment.PIPELINE))) {
                continue;
            }
            Tally more = new Tally(
                    share.variant(), share.since(), own ? closed.sums() : Sums.NONE, own ? Sums.NONE : closed.sums());
            waiting.merge(
                    share.variant(),
                    more,
                    (before, after) -> before.since() == after.since() ? before.plus(after) : after);
        }
    }

    /** What is to be added; it is the caller's from now on. */
    synchronized List<Tally> take() {
        List<Tally> taken = List.copyOf(waiting.values());
        waiting = new HashMap<>();
        return taken;
    }

    /** What was taken could not be added. */
    synchronized void giveBack(List<Tally> taken) {
        for (Tally each : taken) {
            waiting.merge(
                    each.variant(), each, (now, before) -> now.since() == before.since() ? now.plus(before) : now);
        }
    }

    /** Tallies with more added, without those of variants that are gone or have another form now. Pure. */
    static VariantTallies sum(VariantTallies before, List<Tally> more, List<Share> shares) {
        List<Tally> sums = new ArrayList<>();
        for (Share share : shares) {
            Optional<Tally> sum = Stream.concat(before.tallies().stream(), more.stream())
                    .filter(tally -> tally.variant().equals(share.variant()) && tally.since() == share.since())
                    .reduce(Tally::plus);
            sum.ifPresent(sums::add);
        }
        return new VariantTallies(sums);
    }

    private record Closed(String variant, long generation, Sums sums) {}

    private static Closed read(Transcript transcript) {
        return switch (transcript) {
            case Transcript.Final text ->
                new Closed(
                        text.variant(),
                        text.configGeneration(),
                        new Sums(
                                1,
                                0,
                                0,
                                0,
                                text.confidence().meanLogProbability(),
                                latency(text.latency().totalMs())));
            case Transcript.Voided none -> new Closed(none.variant(), none.configGeneration(), without(none));
            case Transcript.Partial partial -> new Closed(partial.variant(), 0, Sums.NONE);
        };
    }

    private static Sums without(Transcript.Voided voided) {
        List<Long> latencies = Sums.NONE.latencies();
        return switch (voided.outcome()) {
            case EMPTY -> new Sums(0, 1, 0, 0, 0, latencies);
            case DISCARDED -> new Sums(0, 0, 1, 0, 0, latencies);
            case FAILED -> NOT_DECODED.contains(voided.reason()) ? Sums.NONE : new Sums(0, 0, 0, 1, 0, latencies);
        };
    }

    private static List<Long> latency(long millis) {
        List<Long> classes = new ArrayList<>(Sums.NONE.latencies());
        classes.set(VariantTallies.latencyClass(millis), 1L);
        return classes;
    }
}
