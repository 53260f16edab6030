package dev.june.stt.worker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.delivery.Numbering.Numbers;
import org.junit.jupiter.api.Test;

class NumberingTest {
    @Test
    void numbersGoOnWithinTheTrackAndWithinTheParticipant() {
        Numbers numbers = Numbers.NONE
                .withOneMore("a", "TR_1", "worker-1")
                .withOneMore("b", "TR_2", "worker-1")
                .withOneMore("c", "TR_1", "worker-2");

        assertThat(numbers.lastDrawn()).isEqualTo(new Numbering.Assigned(2, 3, "worker-2"));
        assertThat(numbers.tracks()).containsEntry("TR_1", 2L).containsEntry("TR_2", 1L);
    }

    @Test
    void whatAWorkerDrewBeforeItDiedIsThereWhenItComesBackLate() {
        Numbers numbers = Numbers.NONE.withOneMore("drawn, not appended", "TR_1", "worker-1");
        for (int i = 0; i < 1_000; i++) {
            numbers = numbers.withOneMore("key-" + i, "TR_1", "worker-2");
        }

        assertThat(numbers.recent()).hasSize(96).containsKeys("drawn, not appended", "key-999", "key-950");
    }

    @Test
    void manyWorkersKeepTheRecordBounded() {
        Numbers numbers = Numbers.NONE;
        for (int i = 0; i < 1_000; i++) {
            numbers = numbers.withOneMore("key-" + i, "TR_" + i, "worker-" + i % 50);
        }

        assertThat(numbers.recent()).hasSize(96);
        assertThat(numbers.tracks()).hasSize(16);
        assertThat(numbers.sequence()).isEqualTo(1_000);
    }
}
