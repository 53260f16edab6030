package dev.june.stt.operator.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CanaryTest {
    private long nanos = 5;
    private final Canary canary = new Canary(() -> nanos);

    @Test
    void whatIsReadAndNeverHeardMakesDeafFromTheLastWordOn() {
        canary.read("1");
        canary.heard("1");
        pass(Duration.ofSeconds(10));
        canary.read("2");
        pass(Duration.ofSeconds(50));
        canary.read("9");
        assertThat(canary.deaf()).isEqualTo(Duration.ofSeconds(60));
        canary.heard("9");
        assertThat(canary.deaf()).isZero();
    }

    @Test
    void anObjectThatDoesNotChangeProvesNothing() {
        canary.heard("1");
        canary.read("1");
        pass(Duration.ofHours(1));
        assertThat(canary.deaf()).isZero();
    }

    @Test
    void aWatchThatNeverBeganIsDeafToo() {
        canary.read("1");
        pass(Duration.ofMinutes(2));
        assertThat(canary.deaf()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void oneThatIsAheadOfTheReaderIsNotDeafForLong() {
        canary.read("1");
        pass(Duration.ofMinutes(2));
        canary.heard("2");
        assertThat(canary.deaf()).isZero();
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }
}
