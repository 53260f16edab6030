package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class OperatorSettingsTest {
    @Test
    void itsOwnNamespaceIsWatchedUnlessOthersAreNamed() {
        assertThat(OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_NAMESPACE", "june"))
                        .namespaces())
                .containsExactly("june");
        assertThat(OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_WATCH_NAMESPACES", "a, b"))
                        .namespaces())
                .containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aStarMeansAll() {
        assertThat(OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_WATCH_NAMESPACES", "*"))
                        .namespaces())
                .isEmpty();
    }

    @Test
    void labelsOfMonitorsAreReadFromPairs() {
        assertThat(OperatorSettings.from(
                                Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_MONITORING_LABELS", "release=prometheus,team=a"))
                        .monitoringLabels())
                .isEqualTo(Map.of("release", "prometheus", "team", "a"));
        assertThatThrownBy(() -> OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_MONITORING_LABELS", "a")))
                .hasMessageContaining("JUNE_MONITORING_LABELS: expected key=value separated by commas, got a");
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> OperatorSettings.from(Map.of()))
                .hasMessageContaining("JUNE_WORKER_IMAGE: expected the image of workers");
        assertThatThrownBy(
                        () -> OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_WATCH_NAMESPACES", "*,a")))
                .hasMessageContaining("JUNE_WATCH_NAMESPACES: expected * or names separated by commas, got *,a");
        assertThatThrownBy(() -> OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_WATCH_NAMESPACES", " ")))
                .hasMessageContaining("JUNE_WATCH_NAMESPACES");
        assertThatThrownBy(() -> OperatorSettings.from(Map.of("JUNE_WORKER_IMAGE", "w", "JUNE_LEADER_ELECTION", "yes")))
                .hasMessageContaining("JUNE_LEADER_ELECTION: expected true or false, got yes");
    }
}
