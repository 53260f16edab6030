package dev.june.stt.operator.autoscaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.KubeDuration;
import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DecisionTest {
    @ParameterizedTest
    @CsvSource({"0, 2", "2, 2", "3, 3", "9, 5"})
    void demandIsHeldWithinTheBounds(int wanted, int replicas) {
        assertThat(Decision.of(spec(Autoscaling.Mode.OPERATOR, false), wanted).replicas())
                .isEqualTo(replicas);
    }

    @ParameterizedTest
    @EnumSource(names = {"EXTERNAL", "NONE", "METRICS_ONLY"})
    void whoSetsReplicasIsFollowedEvenOutsideTheBounds(Autoscaling.Mode mode) {
        assertThat(Decision.of(spec(mode, false), 3)).isEqualTo(new Decision(7, "SpecReplicas"));
    }

    @ParameterizedTest
    @EnumSource
    void suspendedMeansNoneWhateverTheMode(Autoscaling.Mode mode) {
        assertThat(Decision.of(spec(mode, true), 3)).isEqualTo(new Decision(0, "Suspended"));
    }

    @Test
    void theReasonSaysWhoDecided() {
        assertThat(Decision.of(spec(Autoscaling.Mode.OPERATOR, false), 3).reason())
                .isEqualTo("Demand");
    }

    @SuppressWarnings("NullAway") // parts that the decision does not read
    private static SttPipelineSpec spec(Autoscaling.Mode mode, boolean suspend) {
        return new SttPipelineSpec(
                7,
                null,
                null,
                null,
                null,
                null,
                null,
                new Workers(
                        new Workers.Replicas(2, 5),
                        "",
                        List.of(),
                        null,
                        null,
                        Map.of(),
                        List.of(),
                        null,
                        new Workers.Network(true, List.of()),
                        new KubeDuration("5m")),
                new Autoscaling(mode, 5, 70, 0, new KubeDuration("0s"), new KubeDuration("5m")),
                null,
                List.of(),
                suspend);
    }
}
