package dev.june.stt.operator.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
    private static final Instant NINE = Instant.parse("2026-01-01T09:00:00Z");
    private static final Instant TEN = Instant.parse("2026-01-01T10:00:00.123Z");

    private final List<Condition> before = Conditions.merge(
            List.of(),
            List.of(
                    new Observation("Ready", Observation.Status.FALSE, "Starting", "0 of 1"),
                    new Observation("Degraded", Observation.Status.FALSE, "AsExpected", "fine")),
            1,
            NINE);

    @Test
    void everyConditionIsThereAtFirstSight() {
        assertThat(before).extracting(Condition::getType).containsExactly("Ready", "Degraded");
        assertThat(before)
                .allSatisfy(condition ->
                        assertThat(condition.getLastTransitionTime()).isEqualTo("2026-01-01T09:00:00Z"));
    }

    @Test
    void theTransitionTimeMovesOnlyWhenTheStatusDoes() {
        List<Condition> after = Conditions.merge(
                before,
                List.of(
                        new Observation("Ready", Observation.Status.TRUE, "WorkersReady", "1 of 1"),
                        new Observation("Degraded", Observation.Status.FALSE, "StillFine", "another message")),
                2,
                TEN);
        assertThat(Conditions.find(after, "Ready").orElseThrow().getLastTransitionTime())
                .isEqualTo("2026-01-01T10:00:00Z");
        Condition degraded = Conditions.find(after, "Degraded").orElseThrow();
        assertThat(degraded.getLastTransitionTime()).isEqualTo("2026-01-01T09:00:00Z");
        assertThat(degraded.getReason()).isEqualTo("StillFine");
        assertThat(degraded.getMessage()).isEqualTo("another message");
        assertThat(degraded.getObservedGeneration()).isEqualTo(2);
    }

    @Test
    void nothingStaysThatIsNoLongerObserved() {
        List<Condition> after = Conditions.merge(
                before, List.of(new Observation("Ready", Observation.Status.TRUE, "WorkersReady", "1 of 1")), 2, TEN);
        assertThat(after).extracting(Condition::getType).containsExactly("Ready");
    }

    @Test
    void theSameObservationChangesNothing() {
        List<Condition> after = Conditions.merge(
                before,
                List.of(
                        new Observation("Ready", Observation.Status.FALSE, "Starting", "0 of 1"),
                        new Observation("Degraded", Observation.Status.FALSE, "AsExpected", "fine")),
                1,
                TEN);
        assertThat(after).isEqualTo(before);
    }

    @Test
    void aTransitionIsAnotherStatusOrReason() {
        List<Condition> after = Conditions.merge(
                before,
                List.of(
                        new Observation("Ready", Observation.Status.FALSE, "ModelLoading", "0 of 1"),
                        new Observation("Degraded", Observation.Status.FALSE, "AsExpected", "other words")),
                1,
                TEN);
        assertThat(Conditions.transitions(before, after))
                .extracting(Condition::getType)
                .containsExactly("Ready");
    }

    @Test
    void aTypeIsObservedOnce() {
        Observation ready = new Observation("Ready", Observation.Status.TRUE, "WorkersReady", "1 of 1");
        assertThatThrownBy(() -> Conditions.merge(List.of(), List.of(ready, ready), 1, NINE))
                .hasMessageContaining("Ready is observed twice");
    }

    @Test
    void aReasonThatIsNotCamelCaseIsRefused() {
        assertThatThrownBy(() -> new Observation("Ready", Observation.Status.TRUE, "not ready", ""))
                .hasMessageContaining("expected CamelCase, got 'not ready'");
    }

    @Test
    void aLongMessageIsCut() {
        assertThat(new Observation("Ready", Observation.Status.TRUE, "Fine", "x".repeat(5_000)).message())
                .hasSize(1_024)
                .endsWith("…");
    }
}
