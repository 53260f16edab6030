package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AudioAllowanceTest {
    private static final int BLOCK = 320; // 20 ms

    private final AudioAllowance allowance = new AudioAllowance(2, 0);

    @Test
    void whoSpeaksInRealTimeIsNeverCut() {
        for (long block = 1; block <= 50 * 600; block++) {
            assertThat(allowance.takes(BLOCK, Duration.ofMillis(20 * block).toNanos()))
                    .isTrue();
        }
    }

    @Test
    void whatComesAfterAPauseOfTheNetworkIsTaken() {
        for (int block = 0; block < 250; block++) {
            assertThat(allowance.takes(BLOCK, Duration.ofSeconds(5).toNanos())).isTrue();
        }
    }

    /** Sixteen times as fast as speech, for a minute. */
    @Test
    void whoFloodsGetsTheLimitAndABurstAndNoMore() {
        long taken = 0;
        for (long block = 1; block <= 16L * 50 * 60; block++) {
            taken += allowance.takes(BLOCK, Duration.ofNanos(1_250_000 * block).toNanos()) ? BLOCK : 0;
        }
        assertThat(taken / 16_000.0).isBetween(2.0 * 60, 2.0 * (60 + 5));
    }

    @Test
    void aClockThatStandsStillGivesNothing() {
        long taken = 0;
        for (int block = 0; block < 10_000; block++) {
            taken += allowance.takes(BLOCK, 0) ? BLOCK : 0;
        }
        assertThat(taken / 16_000.0).isBetween(9.9, 10.0);
    }
}
