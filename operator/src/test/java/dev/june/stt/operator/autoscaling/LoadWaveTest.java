package dev.june.stt.operator.autoscaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipelineSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * Waves of load against a pool whose workers take their time to start: rooms come and go, finals queue up while there are too few
 * workers, figures are looked at every 15 s and are sometimes missing. Time is counted, not waited for.
 */
class LoadWaveTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T12:00:00Z");
    private static final int LOOK_SECONDS = 15;
    private static final int STARTUP_SECONDS = 60;
    private static final double TRACKS_PER_WORKER = 10;

    /** Workers plan with 0.6 of what they can decode. */
    private static final double DECODE_SPEED = TRACKS_PER_WORKER / 0.6;

    /** Of a track's time, in which somebody speaks. */
    private static final double SPEECH = 0.4;

    @Test
    void fromOneToEightAndBackToOne() {
        // Half an hour of rising, half an hour at the top, half an hour of falling, and an hour of quiet.
        Run run = run(Specs.of(Autoscaling.Mode.OPERATOR, 1, 12), 9_000, second -> {
            double top = 56;
            if (second < 1_800) {
                return 5 + (top - 5) * second / 1_800;
            }
            return second < 3_600 ? top : Math.max(4, top - top * (second - 3_600) / 1_800);
        });
        assertThat(run.most).isEqualTo(8);
        assertThat(run.wanted.getLast()).isEqualTo(1);
        assertThat(run.directionChanges()).isLessThanOrEqualTo(2);
        assertThat(run.longestShortageSeconds).isLessThanOrEqualTo(STARTUP_SECONDS + LOOK_SECONDS);
        assertThat(run.queueSeconds).isZero();
    }

    @Test
    void aMeetingThatBeginsForEverybodyAtOnce() {
        Run run = run(Specs.of(Autoscaling.Mode.OPERATOR, 1, 12), 1_800, second -> second < 60 ? 3 : 52);
        assertThat(run.most).isEqualTo(8);
        // 1, 5, 8: two looks and two starts
        assertThat(run.longestShortageSeconds).isLessThanOrEqualTo(STARTUP_SECONDS + 2 * LOOK_SECONDS);
        assertThat(run.directionChanges()).isZero();
        assertThat(run.queueSeconds).isZero();
    }

    @Test
    void missingFiguresHoldThePool() {
        Run run = new Run(Specs.of(Autoscaling.Mode.OPERATOR, 1, 12));
        run.play(1_200, second -> 35, second -> second < 300 || second >= 900);
        assertThat(run.wanted.subList(300 / LOOK_SECONDS, 900 / LOOK_SECONDS)).containsOnly(5);
        assertThat(run.directionChanges()).isZero();
    }

    @Test
    void loadThatSwingsAroundALevelDoesNotMakeThePoolSwing() {
        Run run = run(Specs.of(Autoscaling.Mode.OPERATOR, 1, 12), 7_200, second -> 30 + 8 * Math.sin(second / 60.0));
        assertThat(run.directionChanges()).isZero();
    }

    private static Run run(SttPipelineSpec spec, int seconds, IntToDoubleFunction tracks) {
        Run run = new Run(spec);
        run.play(seconds, tracks, _ -> true);
        return run;
    }

    /** The pool over time. */
    private static final class Run {
        private final SttPipelineSpec spec;
        private final List<Integer> startedAt = new ArrayList<>(List.of(-STARTUP_SECONDS));
        private final List<Integer> wanted = new ArrayList<>();
        private History history = History.startingWith(1, BEGIN);
        private int current = 1;
        private int most = 1;
        private double queueSeconds;
        private int shortageSeconds;
        private int longestShortageSeconds;

        Run(SttPipelineSpec spec) {
            this.spec = spec;
        }

        void play(int seconds, IntToDoubleFunction tracks, java.util.function.IntPredicate figuresAreThere) {
            for (int second = 0; second < seconds; second++) {
                int now = second;
                long ready = startedAt.stream()
                        .filter(start -> now - start >= STARTUP_SECONDS)
                        .count();
                double load = tracks.applyAsDouble(second);
                queueSeconds = Math.max(0, queueSeconds + load * SPEECH - ready * DECODE_SPEED);
                shortageSeconds = load > ready * TRACKS_PER_WORKER ? shortageSeconds + 1 : 0;
                longestShortageSeconds = Math.max(longestShortageSeconds, shortageSeconds);
                if (second % LOOK_SECONDS == 0) {
                    Demand seen = figuresAreThere.test(second)
                            ? new Demand((int) ready, load, TRACKS_PER_WORKER, queueSeconds, DECODE_SPEED)
                            : Demand.UNKNOWN;
                    look(seen, second);
                }
            }
        }

        private void look(Demand demand, int second) {
            Decision.Step step = Decision.step(
                    spec, spec.autoscaling().mode(), demand, current, history, BEGIN.plus(Duration.ofSeconds(second)));
            history = step.history();
            current = step.decision().replicas();
            while (startedAt.size() < current) {
                startedAt.add(second);
            }
            while (startedAt.size() > current) {
                startedAt.removeLast();
            }
            wanted.add(current);
            most = Math.max(most, current);
        }

        int directionChanges() {
            int changes = 0;
            int direction = 0;
            for (int i = 1; i < wanted.size(); i++) {
                int step = Integer.signum(wanted.get(i) - wanted.get(i - 1));
                if (step != 0 && direction != 0 && step != direction) {
                    changes++;
                }
                direction = step == 0 ? direction : step;
            }
            return changes;
        }
    }
}
