package dev.june.stt.worker.deadletters;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts dead letters back, one after the other, not faster than asked: published, receipt awaited, and only then removed. A crash between the
 * two leaves the dead letter, whose next replay has the same message id. One request at a time in each worker.
 */
final class Replayer {
    private static final Logger log = LoggerFactory.getLogger(Replayer.class);

    /** A request ends after this and says where to go on, well before a proxy would end it. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private final NatsLink nats;
    private final Subjects subjects;
    private final DeadLetterStream stream;
    private final MeterRegistry metrics;
    private final Semaphore busy = new Semaphore(1);

    Replayer(NatsLink nats, Subjects subjects, DeadLetterStream stream, MeterRegistry metrics) {
        this.nats = nats;
        this.subjects = subjects;
        this.stream = stream;
        this.metrics = metrics;
        Replays.STAGES.forEach(this::replayed);
    }

    /** What became of one: {@code replayed}, {@code would_replay}, {@code gone} or {@code refused} with a problem. */
    record Done(
            long sequence,
            String utteranceId,
            String outcome,
            @Nullable String problem) {}

    /**
     * What became of a request.
     *
     * @param next where to go on; absent at the end
     * @param to the last sequence that is meant: what fails again gets a higher one and is not replayed in a circle
     * @param stopped why it ended early, if it did
     */
    record Result(
            boolean dryRun,
            List<Done> deadLetters,
            @Nullable Long next,
            long to,
            @Nullable String stopped) {}

    /** Another replay is running in this worker. */
    static final class Busy extends RuntimeException {}

    Result replay(Selection selection, int limit, int perSecond, boolean dryRun)
            throws IOException, JetStreamApiException, InterruptedException {
        if (!busy.tryAcquire()) {
            throw new Busy();
        }
        try {
            Selection bounded = new Selection(
                    selection.stage(),
                    selection.reason(),
                    selection.since(),
                    selection.until(),
                    selection.from(),
                    Math.min(selection.to(), stream.extent().last()));
            return replayAll(bounded, stream.page(bounded, limit), perSecond, dryRun);
        } finally {
            busy.release();
        }
    }

    private Result replayAll(Selection selection, DeadLetterStream.Page page, int perSecond, boolean dryRun) {
        List<Done> done = new ArrayList<>();
        RateLimiter rate = pace(perSecond);
        long end = System.nanoTime() + LONGEST.toNanos();
        for (DeadLetter letter : page.letters()) {
            if (dryRun) {
                done.add(new Done(letter.sequence(), letter.utteranceId(), "would_replay", null));
                continue;
            }
            if (System.nanoTime() > end || !rate.acquirePermission()) {
                return new Result(false, done, letter.sequence(), selection.to(), null);
            }
            try {
                done.add(replay(letter.sequence()));
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                log.warn("replaying stopped at dead letter {} ({})", letter.sequence(), e.toString());
                return new Result(
                        false,
                        done,
                        letter.sequence(),
                        selection.to(),
                        e instanceof JetStreamApiException refused
                                ? "NATS refused it: " + refused.getErrorDescription()
                                : "NATS gives no answer");
            }
        }
        OptionalLong next = page.next();
        return new Result(dryRun, done, next.isPresent() ? next.getAsLong() : null, selection.to(), null);
    }

    private Done replay(long sequence) throws IOException, JetStreamApiException {
        DeadLetterStream.Whole whole = stream.find(sequence).orElse(null);
        if (whole == null) {
            return new Done(sequence, "", "gone", null);
        }
        DeadLetter letter = whole.letter();
        try {
            nats.jetStream().publish(Replays.of(letter, whole.payload(), subjects));
        } catch (Replays.NotReplayable e) {
            return new Done(sequence, letter.utteranceId(), "refused", e.getMessage());
        }
        stream.remove(sequence);
        replayed(letter.stage()).increment();
        return new Done(sequence, letter.utteranceId(), "replayed", null);
    }

    private Counter replayed(String stage) {
        return Counter.builder("stt_dead_letters_replayed_total")
                .tag("stage", stage)
                .description("Dead letters that were put back")
                .register(metrics);
    }

    private static RateLimiter pace(int perSecond) {
        return RateLimiter.of(
                "replay",
                RateLimiterConfig.custom()
                        .limitForPeriod(1)
                        .limitRefreshPeriod(Duration.ofSeconds(1).dividedBy(perSecond))
                        .timeoutDuration(LONGEST)
                        .build());
    }
}
