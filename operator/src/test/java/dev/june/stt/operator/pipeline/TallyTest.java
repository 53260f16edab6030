package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.rollout.Candidate;
import dev.june.stt.operator.rollout.Trial;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TallyTest {
    private static final ResourceID ONE = new ResourceID("one", "stt");
    private static final ResourceID OTHER = new ResourceID("other", "stt");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Tally tally = new Tally(meters);

    @Test
    void aDecisionCountsOnceAndTheFirstOfAnOperatorIsNone() {
        Decision two = decision(2, Decision.Reason.WITHIN_TARGET);
        Decision three = decision(3, Decision.Reason.SCALING_UP);
        tally.decided(ONE, decision(1, Decision.Reason.WITHIN_TARGET), two, 2);
        tally.decided(ONE, two, three, 2);
        tally.decided(ONE, three, three, 2);
        assertThat(meters.get("stt_operator_scalings")
                        .tags("direction", "up", "reason", "ScalingUp")
                        .counter()
                        .count())
                .isOne();
    }

    @Test
    void figuresAreSumsOverPipelinesAndNoLabelNamesOne() {
        tally.decided(ONE, decision(1, Decision.Reason.WITHIN_TARGET), decision(4, Decision.Reason.SCALING_UP), 3);
        tally.decided(OTHER, decision(2, Decision.Reason.WITHIN_TARGET), decision(2, Decision.Reason.AT_MAXIMUM), 1);
        tally.healed("GpuFault");
        assertThat(gauge("stt_operator_pipelines")).isEqualTo(2);
        assertThat(gauge("stt_operator_workers_wanted")).isEqualTo(6);
        assertThat(gauge("stt_operator_workers_ready")).isEqualTo(4);
        tally.forget(ONE);
        assertThat(gauge("stt_operator_workers_wanted")).isEqualTo(2);
        assertThat(meters.getMeters())
                .extracting(Meter::getId)
                .allSatisfy(id -> assertThat(id.getTags().toString()).doesNotContain("one", "other"));
    }

    @Test
    void aRollbackCountsWhenItHappens() {
        Trial good = new Trial(Optional.of(new Candidate("a", "")), Optional.empty());
        Trial refused = new Trial(good.good(), Optional.of(new Trial.Refused("b", "ImagePull", "no")));
        tally.rolledBack("pods", good, refused);
        tally.rolledBack("pods", refused, refused);
        tally.rolledBack("configuration", good, good);
        assertThat(meters.get("stt_operator_rollbacks")
                        .tag("what", "pods")
                        .counter()
                        .count())
                .isOne();
        assertThat(meters.find("stt_operator_rollbacks")
                        .tag("what", "configuration")
                        .counter())
                .isNull();
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    private static Decision decision(int replicas, Decision.Reason reason) {
        return new Decision(replicas, reason, "");
    }
}
