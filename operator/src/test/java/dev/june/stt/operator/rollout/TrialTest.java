package dev.june.stt.operator.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrialTest {
    private static final Candidate OLD = new Candidate("a", "old");
    private static final Candidate NEW = new Candidate("b", "new");
    private static final Candidate NEXT = new Candidate("c", "next");
    private static final Verdict BAD = new Verdict.Bad("ImagePull", "no such image");
    private static final Verdict GOOD = new Verdict.Good();
    private static final Verdict OPEN = new Verdict.Open();

    @Test
    void whatIsWantedIsTriedUntilItIsRefused() {
        Trial trial = Trial.NEW.judged(OLD, GOOD).judged(NEW, OPEN);
        assertThat(trial.chosen(NEW)).isEqualTo(NEW);
        assertThat(trial.judged(NEW, BAD).chosen(NEW)).isEqualTo(OLD);
    }

    @Test
    void whatWasRefusedStaysSoWhateverIsSeenAfterwards() {
        Trial refused = Trial.NEW.judged(OLD, GOOD).judged(NEW, BAD);
        assertThat(refused.judged(NEW, GOOD)).as("what is seen is the old one").isEqualTo(refused);
        assertThat(refused.judged(NEW, OPEN)).isEqualTo(refused);
    }

    @Test
    void anotherCandidateIsTriedAndTheGoodOneIsNotForgotten() {
        Trial refused = Trial.NEW.judged(OLD, GOOD).judged(NEW, BAD);
        assertThat(refused.judged(NEXT, OPEN).chosen(NEXT)).isEqualTo(NEXT);
        assertThat(refused.judged(NEXT, BAD).chosen(NEXT)).isEqualTo(OLD);
        assertThat(refused.judged(OLD, OPEN).refused())
                .as("wanted again what runs")
                .isEmpty();
    }

    @Test
    void withoutAGoodOneThereIsNothingToGoBackTo() {
        assertThat(Trial.NEW.judged(NEW, BAD)).isEqualTo(Trial.NEW);
    }

    @Test
    void whatWorkedAndFailsLaterIsNotRefused() {
        Trial good = Trial.NEW.judged(OLD, GOOD);
        assertThat(good.judged(OLD, BAD)).isEqualTo(good);
    }

    @Test
    void aMemorySurvivesAsData() {
        Trial refused = Trial.NEW.judged(OLD, GOOD).judged(NEW, BAD);
        for (Memory memory : java.util.List.of(
                Memory.EMPTY, new Memory(refused, Trial.NEW), new Memory(Trial.NEW.judged(NEW, GOOD), refused))) {
            assertThat(Memory.read(memory.data())).isEqualTo(memory);
        }
        assertThat(Memory.EMPTY.data()).isEmpty();
        assertThat(Memory.read(java.util.Map.of("pods.refused.id", "b"))).isEqualTo(Memory.EMPTY);
    }
}
