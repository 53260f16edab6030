package dev.june.stt.worker.room;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Listens to one audio track of one participant, on a virtual thread that owns its {@link HeardTrack}; others put {@link TrackInput}s into
 * its inbox. Ends with {@link TrackInput.End}, or when the track does not come back; after that it has emitted the end of whatever was
 * being said and emits nothing more.
 */
final class TrackSession implements SessionMetrics.Inbox {
    private static final Logger log = LoggerFactory.getLogger(TrackSession.class);

    /** Audio that waits for the track's thread: 5 s of 20 ms blocks. Answers and ends are always let in; there are few. */
    private static final int MAX_WAITING_AUDIO = 250;

    private static final Duration TICK = Duration.ofMillis(50);

    /** A track whose listening fails more often is given up. */
    private static final int MAX_DEFECTS = 3;

    private final String track;
    private final Participant participant;
    private final boolean muted;
    private final SessionParts parts;
    private final SessionMetrics metrics;
    private final LongSupplier nanoTime;
    private final Consumer<TrackSession> onEnded;
    private final LinkedBlockingQueue<TrackInput> inbox = new LinkedBlockingQueue<>();
    private final Thread thread;

    @GuardedBy("this")
    private boolean over;

    TrackSession(
            String track,
            Participant participant,
            boolean muted,
            SessionParts parts,
            SessionMetrics metrics,
            LongSupplier nanoTime,
            Consumer<TrackSession> onEnded) {
        this.track = track;
        this.participant = participant;
        this.muted = muted;
        this.parts = parts;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.onEnded = onEnded;
        this.thread = Thread.ofVirtual().name("track-" + track).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    String track() {
        return track;
    }

    Participant participant() {
        return participant;
    }

    /** Any thread; never blocks. False: the track's thread is behind or over, or its participant sends too much; the block is dropped and counted. */
    boolean audio(short[] samples) {
        if (!participant.maySend(samples)) {
            metrics.overLimit();
            return false;
        }
        if (inbox.size() < MAX_WAITING_AUDIO && tell(new TrackInput.Audio(samples, nanoTime.getAsLong()))) {
            return true;
        }
        metrics.frameDropped();
        participant.figures().frameDropped();
        return false;
    }

    @Override
    public int waiting() {
        return inbox.size();
    }

    @Override
    public Duration age() {
        return inbox.peek() instanceof TrackInput.Audio oldest
                ? Duration.ofNanos(nanoTime.getAsLong() - oldest.arrivedNanos())
                : Duration.ZERO;
    }

    /** Any thread; never blocks. False: the track is over and heeds nothing any more. */
    synchronized boolean tell(TrackInput input) {
        return !over && inbox.add(input);
    }

    /** Waits until the track has emitted its last. */
    boolean join(Duration limit) throws InterruptedException {
        return thread.join(limit);
    }

    private void run() {
        MDC.put("track", track); // on every line of this thread
        metrics.track(1);
        long before = parts.lastNumber().of(participant.room(), participant.identity(), track);
        try (SessionMetrics.Watch _ = metrics.watch(this);
                HeardTrack heard =
                        new HeardTrack(track, participant, muted, before, parts, metrics, nanoTime, this::tell)) {
            listen(heard);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the edge of this track's thread: the room goes on
            log.error("track {} ended by a defect", track, e);
        } finally {
            close();
            metrics.track(-1);
            onEnded.accept(this);
        }
    }

    private void listen(HeardTrack heard) throws InterruptedException {
        int defects = 0;
        boolean going = true;
        while (going) {
            TrackInput input = inbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
            try {
                going = handle(input, heard);
            } catch (RuntimeException e) {
                defects++;
                going = defects < MAX_DEFECTS && !isOver() && !(input instanceof TrackInput.End);
                log.error("a defect while listening to track {}; {}", track, going ? "it goes on" : "it is over", e);
                metrics.defect();
                heard.recover();
            }
        }
    }

    /** @return whether it goes on */
    private boolean handle(@Nullable TrackInput input, HeardTrack heard) throws InterruptedException {
        if (input == null && heard.isAbandoned() && closeIfNothingCame()) {
            heard.abandon();
            return false;
        }
        heard.handle(input);
        return !(input instanceof TrackInput.End);
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized void close() {
        over = true;
    }

    /** Not if the track came back at this very moment: who was told so counts on it. */
    private synchronized boolean closeIfNothingCame() {
        over = inbox.isEmpty();
        return over;
    }
}
