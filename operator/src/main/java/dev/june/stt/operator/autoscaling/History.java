package dev.june.stt.operator.autoscaling;

import dev.june.stt.resource.Autoscaling;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What was wished for lately, so that a moment decides nothing that lasts. Immutable; bounded by the stabilization windows and {@link
 * #STEP}.
 *
 * @param wishes oldest first; the first one is from before the windows, or from when this operator began to look
 * @param size of the pool at the last look
 * @param lastRemoval when the pool was seen to have become smaller last
 */
record History(List<At> wishes, int size, Instant lastRemoval) {
    /** Wishes closer together than this are one. */
    private static final Duration STEP = Duration.ofSeconds(5);

    /** A worker that goes has rooms to hand over: one at a time. */
    private static final Duration BETWEEN_REMOVALS = Duration.ofMinutes(1);

    /** A wish and when it was wished. */
    record At(Instant time, int workers) {}

    History {
        wishes = List.copyOf(wishes);
    }

    /** An operator that starts knows nothing of the past: it takes what runs for what was wished until now. */
    static History startingWith(int current, Instant now) {
        return new History(List.of(new At(now, current)), current, Instant.EPOCH);
    }

    /** @param size of the pool now: a removal counts when it was carried out, not when it was decided */
    History with(int workers, int size, Autoscaling settings, Instant now) {
        Duration window = longer(
                settings.scaleUpStabilization().value(),
                settings.scaleDownStabilization().value());
        List<At> kept = new ArrayList<>(wishes);
        while (kept.size() > 1 && !kept.get(1).time().isAfter(now.minus(window))) {
            kept.removeFirst();
        }
        At last = kept.getLast();
        if (kept.size() > 1
                && Duration.between(kept.get(kept.size() - 2).time(), now).compareTo(STEP) < 0) {
            kept.removeLast(); // of those within a step the larger one stays, so that no peak is forgotten
            kept.add(new At(last.time(), Math.max(last.workers(), workers)));
        } else {
            kept.add(new At(now, workers));
        }
        return new History(kept, size, size < this.size ? now : lastRemoval);
    }

    boolean mayRemove(Instant now) {
        return !now.isBefore(lastRemoval.plus(BETWEEN_REMOVALS));
    }

    /** The least that was wished throughout the window: what may be added. */
    int least(Duration window, Instant now) {
        return within(window, now).stream().mapToInt(At::workers).min().orElseThrow();
    }

    /** The most that was wished within the window: what must be kept. */
    int most(Duration window, Instant now) {
        return within(window, now).stream().mapToInt(At::workers).max().orElseThrow();
    }

    /** The wishes in the window, and the one that held when it began. */
    private List<At> within(Duration window, Instant now) {
        Instant begin = now.minus(window);
        int first = wishes.size() - 1;
        while (first > 0 && wishes.get(first).time().isAfter(begin)) {
            first--;
        }
        return wishes.subList(first, wishes.size());
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
