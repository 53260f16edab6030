package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.DecodeQueue.Bounds;
import dev.june.stt.worker.recognition.DecodeQueue.Job;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private long nanos;
    private final Watchdog watchdog = new Watchdog(LIMIT, 10, () -> nanos);
    private final DecodeQueue queue = new DecodeQueue(
            new Bounds(9, 9, Duration.ofSeconds(2), 1), () -> nanos, Runnable::run, new CountedMetrics());
    private final Job job = queue.submit(Models.request("a", Priority.FINAL, new short[16_000], "en"));

    @Test
    void aDecodeMayTakeTenTimesAsLongAsItShould() {
        assertThat(watchdog.limit(25, 0.5)).isEqualTo(Duration.ofSeconds(500));
        assertThat(watchdog.limit(25, 20)).isEqualTo(LIMIT);
        assertThat(watchdog.limit(25, 0)).isEqualTo(LIMIT);
    }

    @Test
    void aDecodeThatIsNotBackAfterTwiceItsLimitHangsAndIsNamedOnce() {
        watchdog.begins(job, LIMIT);
        nanos = 2 * LIMIT.toNanos();
        assertThat(watchdog.newlyHanging()).isEmpty();
        assertThat(watchdog.isHanging()).isFalse();
        nanos++;
        assertThat(watchdog.newlyHanging()).containsExactly(job);
        assertThat(watchdog.newlyHanging()).isEmpty();
        assertThat(watchdog.isHanging()).isTrue();
    }

    @Test
    void oneThatComesBackAfterAllHangsNoMore() {
        watchdog.begins(job, LIMIT);
        nanos = 3 * LIMIT.toNanos();
        assertThat(watchdog.newlyHanging()).hasSize(1);
        watchdog.ends(job);
        assertThat(watchdog.isHanging()).isFalse();
    }

    @Test
    void oneThatComesBackInTimeIsForgotten() {
        watchdog.begins(job, LIMIT);
        watchdog.ends(job);
        nanos = 9 * LIMIT.toNanos();
        assertThat(watchdog.newlyHanging()).isEmpty();
        assertThat(watchdog.isHanging()).isFalse();
    }
}
