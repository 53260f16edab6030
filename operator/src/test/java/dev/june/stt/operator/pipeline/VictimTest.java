package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.WorkerReport;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class VictimTest {
    @Test
    void theOneWithTheFewestParticipantsGoes() {
        assertThat(chosen(
                        List.of(ready("a"), ready("b"), ready("c")),
                        report("a", 2, 5),
                        report("b", 3, 1),
                        report("c", 1, 2)))
                .isEqualTo("b");
    }

    @Test
    void oneThatIsNotReadyGoesFirst() {
        assertThat(chosen(List.of(ready("a"), starting("b")), report("a", 0, 0)))
                .isEqualTo("b");
    }

    @Test
    void oneThatIsEndingIsNotChosenAgain() {
        Pod ending = new PodBuilder(ready("a"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T12:00:00Z")
                .endMetadata()
                .build();
        assertThat(chosen(List.of(ending, ready("b")), report("a", 0, 0), report("b", 4, 4)))
                .isEqualTo("b");
    }

    private static String chosen(List<Pod> pods, WorkerReport... reports) {
        return Victim.choose(pods, List.of(reports)).orElseThrow().getMetadata().getName();
    }

    private static WorkerReport report(String worker, int rooms, int participants) {
        return new WorkerReport(worker, 1, true, rooms, participants, null, null, null);
    }

    private static Pod ready(String name) {
        return new PodBuilder(starting(name))
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
    }

    private static Pod starting(String name) {
        return new PodBuilder().withNewMetadata().withName(name).endMetadata().build();
    }
}
