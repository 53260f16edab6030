package dev.june.stt.worker.room;

import dev.june.stt.transcript.Transcript;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What is counted of one participant, as long as it is there: as labels of metrics, participants would have no bound. Any thread. */
final class Figures {
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong sealed = new AtomicLong();
    private final AtomicLong finals = new AtomicLong();
    private final AtomicLong voids = new AtomicLong();
    private final AtomicLong framesDropped = new AtomicLong();
    private final AtomicLong gaps = new AtomicLong();
    private final AtomicLong latencyMillis = new AtomicLong();
    private final AtomicLong longestMillis = new AtomicLong();
    private final AtomicReference<@Nullable String> language = new AtomicReference<>();
    private final AtomicReference<@Nullable Instant> lastEnded = new AtomicReference<>();
    private final AtomicReference<Transcript.@Nullable Latency> last = new AtomicReference<>();

    void opened() {
        opened.incrementAndGet();
    }

    void sealed() {
        sealed.incrementAndGet();
    }

    void frameDropped() {
        framesDropped.incrementAndGet();
    }

    void gapFilled() {
        gaps.incrementAndGet();
    }

    /** @param took from the end of speech to the stored transcript */
    void stored(Transcript transcript, Instant speechEndedAt, Duration took) {
        lastEnded.set(speechEndedAt);
        if (transcript instanceof Transcript.Final text) {
            finals.incrementAndGet();
            latencyMillis.addAndGet(took.toMillis());
            longestMillis.accumulateAndGet(took.toMillis(), Math::max);
            language.set(text.language().code());
            last.set(text.latency());
        } else {
            voids.incrementAndGet();
        }
    }

    RoomStatus.Speech speech() {
        long texts = finals.get();
        return new RoomStatus.Speech(
                opened.get(),
                Math.max(0, opened.get() - sealed.get()),
                texts,
                voids.get(),
                language.get(),
                lastEnded.get(),
                texts == 0 ? null : latencyMillis.get() / texts,
                texts == 0 ? null : longestMillis.get(),
                last.get(),
                framesDropped.get(),
                gaps.get());
    }
}
