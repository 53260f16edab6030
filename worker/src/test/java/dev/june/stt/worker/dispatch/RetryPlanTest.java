package dev.june.stt.worker.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetryPlanTest {
    private static final Optional<Duration> NOTHING_ASKED = Optional.empty();

    private final RetryPlan plan = new RetryPlan(List.of(Duration.ofSeconds(5), Duration.ofMinutes(1)), 4);

    @Test
    void waitsFollowTheListAndTheLastOneRepeats() {
        assertThat(plan.after(1, NOTHING_ASKED, 0)).contains(Duration.ofSeconds(5));
        assertThat(plan.after(2, NOTHING_ASKED, 0)).contains(Duration.ofMinutes(1));
        assertThat(plan.after(3, NOTHING_ASKED, 0)).contains(Duration.ofMinutes(1));
    }

    @Test
    void theLastAttemptIsNotFollowedByAnother() {
        assertThat(plan.after(4, NOTHING_ASKED, 0)).isEmpty();
        assertThat(plan.after(5, NOTHING_ASKED, 0)).isEmpty();
        assertThat(plan.after(4, Optional.of(Duration.ofSeconds(1)), 0)).isEmpty();
    }

    @Test
    void chanceMakesAWaitLongerByUpToAFifthAndNeverShorter() {
        assertThat(plan.after(2, NOTHING_ASKED, 0.5)).contains(Duration.ofSeconds(66));
        assertThat(plan.after(2, NOTHING_ASKED, 1)).contains(Duration.ofSeconds(72));
    }

    @Test
    void theReceiverMayAskForMoreTimeButNotForLess() {
        assertThat(plan.after(1, Optional.of(Duration.ofSeconds(90)), 0)).contains(Duration.ofSeconds(90));
        assertThat(plan.after(1, Optional.of(Duration.ofSeconds(1)), 0)).contains(Duration.ofSeconds(5));
    }

    @Test
    void whatTheReceiverAsksForIsBounded() {
        assertThat(plan.after(1, Optional.of(Duration.ofDays(365)), 0)).contains(RetryPlan.LONGEST_RETRY_AFTER);
    }
}
