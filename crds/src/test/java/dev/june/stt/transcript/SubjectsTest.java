package dev.june.stt.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SubjectsTest {
    @Test
    void theEndOfASubjectIsTheSameInEveryKind() {
        Subjects subjects = new Subjects("team.a", "meetings");
        String tail = Subjects.tail(subjects.finalOf("Stand-up #3", "ann.b", "TR_1-000001"));
        assertThat(subjects.dueOf(tail))
                .startsWith("stt.v1.team=2Ea.meetings.due.")
                .endsWith("." + tail);
        assertThat(subjects.deadOf("webhook", tail))
                .isEqualTo(subjects.dead("webhook", "Stand-up #3", "ann.b", "TR_1-000001"));
        assertThat(Subjects.tail(subjects.retryOf(tail))).isEqualTo(tail);
        assertThat(Subjects.tail("a.b")).isEqualTo("a.b");
    }

    @Test
    void namesFromOutsideCannotReachIntoAnotherSubject() {
        assertThat(Subjects.token("a.b *>\n")).isEqualTo("a=2Eb=20=2A=3E=0A");
        assertThat(Subjects.token("")).isEqualTo("_empty");
        assertThat(Subjects.token("_empty")).isEqualTo("=5Fempty");
    }

    @Test
    void aLongNameIsCutAndStaysUnlikeAnyOther() {
        String one = Subjects.token("room".repeat(100));
        String other = Subjects.token("room".repeat(100) + "1");
        assertThat(one).hasSize(96).isNotEqualTo(other).startsWith("roomroom");
    }

    @Test
    void anyNameCanBePartOfAKey() {
        assertThat(Keys.room("Zimmer äöü ~ 1".repeat(50))).matches("[-/_=.a-zA-Z0-9]+");
    }
}
