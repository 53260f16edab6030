package dev.june.stt.operator.autoscaling;

import static dev.june.stt.operator.autoscaling.Decision.Reason.AT_MAXIMUM;
import static dev.june.stt.operator.autoscaling.Decision.Reason.METRICS_UNAVAILABLE;
import static dev.june.stt.operator.autoscaling.Decision.Reason.SCALING_DOWN;
import static dev.june.stt.operator.autoscaling.Decision.Reason.SCALING_UP;
import static dev.june.stt.operator.autoscaling.Decision.Reason.SPEC_REPLICAS;
import static dev.june.stt.operator.autoscaling.Decision.Reason.SUSPENDED;
import static dev.june.stt.operator.autoscaling.Decision.Reason.WITHIN_TARGET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.autoscaling.Decision.Reason;
import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.Autoscaling.Mode;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers follow ten tracks at full load, seven at the wished one, and decode four seconds of audio in a second. */
class DecisionTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        // tracks, queue s, current, replicas, reason
        "0,   0,   2, 2, WITHIN_TARGET",
        "14,  0,   2, 2, WITHIN_TARGET", // exactly at the target
        "15,  0,   2, 2, WITHIN_TARGET", // within a tenth of it
        "16,  0,   2, 3, SCALING_UP",
        "35,  0,   2, 5, SCALING_UP",
        "70,  0,   2, 6, SCALING_UP", // four more at the most, or double
        "70,  0,   6, 10, SCALING_UP",
        "70,  0,  10, 10, WITHIN_TARGET",
        "99,  0,  10, 10, AT_MAXIMUM",
        "14, 19,   2, 2, WITHIN_TARGET", // less than 5 s of work
        "14, 90,   2, 5, SCALING_UP", // 22 s of work for one worker
    })
    void workersFollowTracksAndQueue(double tracks, double queue, int current, int replicas, Reason reason) {
        assertThat(decision(Specs.of(Mode.OPERATOR, 2, 10), new Demand(2, tracks, 10, queue, 4), current))
                .extracting(Decision::replicas, Decision::reason)
                .containsExactly(replicas, reason);
    }

    @Test
    void standbyWorkersComeOnTop() {
        var spec = Specs.with(new Autoscaling(Mode.OPERATOR, 5, 70, 2, Specs.NONE, Specs.FIVE_MINUTES, null), 1, 10);
        assertThat(decision(spec, new Demand(1, 7, 10, 0, 4), 1).replicas()).isEqualTo(3);
        assertThat(decision(spec, new Demand(3, 7, 10, 0, 4), 3).reason()).isEqualTo(WITHIN_TARGET);
    }

    @ParameterizedTest
    @CsvSource({"0, 2, SCALING_UP", "3, 3, METRICS_UNAVAILABLE", "12, 10, SCALING_DOWN"})
    void whenNothingIsKnownThePoolStaysWithinItsBounds(int current, int replicas, Reason reason) {
        assertThat(decision(Specs.of(Mode.OPERATOR, 2, 10), Demand.UNKNOWN, current))
                .extracting(Decision::replicas, Decision::reason)
                .containsExactly(replicas, reason);
    }

    @Test
    void oneWorkerStaysThoughTheMinimumIsNone() {
        assertThat(decision(Specs.of(Mode.OPERATOR, 0, 10), new Demand(1, 0, 10, 0, 4), 1)
                        .replicas())
                .isEqualTo(1);
        assertThat(decision(Specs.of(Mode.OPERATOR, 0, 10), Demand.UNKNOWN, 0).replicas())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"EXTERNAL", "NONE", "METRICS_ONLY"})
    void whoSetsReplicasIsFollowedEvenOutsideTheBounds(Mode mode) {
        Decision decision = decision(Specs.of(mode, 1, 5), new Demand(1, 35, 10, 0, 4), 7);
        assertThat(decision.replicas()).isEqualTo(Specs.REPLICAS);
        assertThat(decision.reason()).isEqualTo(SPEC_REPLICAS);
        if (mode == Mode.METRICS_ONLY) {
            assertThat(decision.message()).contains("would run 5");
        }
    }

    @ParameterizedTest
    @EnumSource
    void suspendedMeansNoneWhateverTheMode(Mode mode) {
        Decision decision = decision(Specs.suspended(mode), new Demand(1, 35, 10, 0, 4), 3);
        assertThat(decision).extracting(Decision::replicas, Decision::reason).containsExactly(0, SUSPENDED);
    }

    @Test
    void aPeakIsKeptForTheWholeDownWindowAndThenOneWorkerGoesAMinute() {
        var spec = Specs.of(Mode.OPERATOR, 1, 10);
        Demand busy = new Demand(4, 28, 10, 0, 4);
        Demand quiet = new Demand(4, 7, 10, 0, 4);
        Decision.Step step = Decision.step(spec, spec.autoscaling().mode(), busy, 4, History.startingWith(4, NOW), NOW);
        for (int second = 15; second < 300; second += 15) {
            step = Decision.step(spec, spec.autoscaling().mode(), quiet, 4, step.history(), NOW.plusSeconds(second));
            assertThat(step.decision().replicas()).isEqualTo(4);
        }
        step = Decision.step(spec, spec.autoscaling().mode(), quiet, 4, step.history(), NOW.plusSeconds(315));
        assertThat(step.decision())
                .extracting(Decision::replicas, Decision::reason)
                .containsExactly(3, SCALING_DOWN);
        step = Decision.step(spec, spec.autoscaling().mode(), quiet, 4, step.history(), NOW.plusSeconds(316));
        assertThat(step.decision().replicas()).as("not carried out yet").isEqualTo(3);
        step = Decision.step(spec, spec.autoscaling().mode(), quiet, 3, step.history(), NOW.plusSeconds(317));
        assertThat(step.decision().replicas()).isEqualTo(3);
        step = Decision.step(spec, spec.autoscaling().mode(), quiet, 3, step.history(), NOW.plusSeconds(376));
        assertThat(step.decision().replicas()).isEqualTo(3);
        step = Decision.step(spec, spec.autoscaling().mode(), quiet, 3, step.history(), NOW.plusSeconds(377));
        assertThat(step.decision().replicas()).isEqualTo(2);
    }

    @Test
    void theDemandMustLastAsLongAsTheUpWindow() {
        var spec = Specs.with(
                new Autoscaling(Mode.OPERATOR, 5, 70, 0, Specs.duration("30s"), Specs.FIVE_MINUTES, null), 1, 10);
        Demand busy = new Demand(1, 21, 10, 0, 4);
        Decision.Step step = Decision.step(
                spec, spec.autoscaling().mode(), new Demand(1, 7, 10, 0, 4), 1, History.startingWith(1, NOW), NOW);
        for (int second : new int[] {15, 30, 40}) {
            step = Decision.step(spec, spec.autoscaling().mode(), busy, 1, step.history(), NOW.plusSeconds(second));
            assertThat(step.decision().replicas()).isEqualTo(1);
        }
        step = Decision.step(spec, spec.autoscaling().mode(), busy, 1, step.history(), NOW.plusSeconds(46));
        assertThat(step.decision())
                .extracting(Decision::replicas, Decision::reason)
                .containsExactly(3, SCALING_UP);
    }

    @Test
    void anOperatorThatStartsAnewRemovesNothingBeforeItHasSeenTheWholeDownWindow() {
        var spec = Specs.of(Mode.OPERATOR, 1, 10);
        Decision.Step step = Decision.step(
                spec, spec.autoscaling().mode(), new Demand(8, 7, 10, 0, 4), 8, History.startingWith(8, NOW), NOW);
        step = Decision.step(
                spec,
                spec.autoscaling().mode(),
                new Demand(8, 7, 10, 0, 4),
                8,
                step.history(),
                NOW.plus(Duration.ofMinutes(4)));
        assertThat(step.decision().replicas()).isEqualTo(8);
    }

    @Test
    void theHistoryOfADayIsBounded() {
        var spec = Specs.of(Mode.OPERATOR, 1, 10);
        History history = History.startingWith(1, NOW);
        for (int second = 0; second < 86_400; second++) {
            history = Decision.step(
                            spec,
                            spec.autoscaling().mode(),
                            new Demand(1, second % 50, 10, 0, 4),
                            1,
                            history,
                            NOW.plusSeconds(second))
                    .history();
        }
        assertThat(history.wishes().size()).isLessThan(130);
    }

    @Test
    void reasonsAreSaidInTheApisWords() {
        assertThat(AT_MAXIMUM).hasToString("AtMaximum");
        assertThat(METRICS_UNAVAILABLE).hasToString("MetricsUnavailable");
    }

    private static Decision decision(dev.june.stt.resource.SttPipelineSpec spec, Demand demand, int current) {
        return Decision.step(spec, spec.autoscaling().mode(), demand, current, History.startingWith(current, NOW), NOW)
                .decision();
    }
}
