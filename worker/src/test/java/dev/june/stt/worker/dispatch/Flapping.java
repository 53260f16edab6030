package dev.june.stt.worker.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.worker.dispatch.HttpReceiver.Reply;
import dev.june.stt.worker.dispatch.HttpReceiver.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a receiver answers that is well and ill in turn, for as long as a seed says: at once or slowly, and then not always, or with errors
 * alone, or with a reset. Begins ill, with the first request. Any thread.
 */
final class Flapping implements Function<Request, Reply> {
    private static final int SHORTEST_MILLIS = 200;
    private static final int LONGEST_MILLIS = 1_500;
    private static final int SLOWEST_MILLIS = 100;

    private final List<Burst> bursts = new ArrayList<>();
    private final Map<String, List<Request>> acknowledged = new ConcurrentHashMap<>();

    @GuardedBy("this")
    private final Random random;

    @GuardedBy("this")
    private int burst = -1;

    @GuardedBy("this")
    private long endNanos;

    private enum Mood {
        FINE,
        SLOW,
        SHAKY,
        ERRORS,
        RESETS
    }

    private record Burst(Mood mood, Duration length) {}

    Flapping(Random random) {
        this.random = random;
        List<Mood> well = List.of(Mood.FINE, Mood.SLOW);
        List<Mood> ill = List.of(Mood.SHAKY, Mood.ERRORS, Mood.RESETS);
        for (int i = 0; i < 500; i++) {
            bursts.addAll(Stream.of(ill, well)
                    .map(moods -> new Burst(
                            moods.get(random.nextInt(moods.size())),
                            Duration.ofMillis(random.nextInt(SHORTEST_MILLIS, LONGEST_MILLIS))))
                    .toList());
        }
    }

    /** The requests that had a 2xx, by webhook id. */
    Map<String, List<Request>> acknowledged() {
        return Map.copyOf(acknowledged);
    }

    @Override
    public Reply apply(Request request) {
        Reply reply = switch (mood()) {
            case FINE -> Reply.OK;
            case SLOW -> slowly();
            case SHAKY -> below(3) == 0 ? ill() : Reply.OK;
            case ERRORS -> Reply.status(500 + below(4));
            case RESETS -> new Reply.Reset();
        };
        if (reply.equals(Reply.OK)) {
            acknowledged.merge(
                    request.id(),
                    List.of(request),
                    (before, now) ->
                            Stream.concat(before.stream(), now.stream()).toList());
        }
        return reply;
    }

    private synchronized Mood mood() {
        if (burst < 0 || System.nanoTime() - endNanos > 0) {
            burst = (burst + 1) % bursts.size();
            endNanos = System.nanoTime() + bursts.get(burst).length().toNanos();
        }
        return bursts.get(burst).mood();
    }

    private synchronized int below(int bound) {
        return random.nextInt(bound);
    }

    private Reply ill() {
        return switch (below(3)) {
            case 0 -> Reply.status(500);
            case 1 -> Reply.status(429);
            default -> new Reply.Reset();
        };
    }

    private Reply slowly() {
        try {
            Thread.sleep(below(SLOWEST_MILLIS));
            return Reply.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply.Reset();
        }
    }
}
