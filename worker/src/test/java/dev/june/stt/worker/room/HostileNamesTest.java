package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.SealedUtterance;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Participants choose their names. One with any name is heard like the others, and reaches neither another subject nor the log. */
class HostileNamesTest {
    private static final List<String> NAMES = List.of(
            ">",
            "*",
            "a.b.>",
            "",
            " ",
            "\r\n2026-11-24 INFO forged",
            "\u0000\u001b[31m",
            "'; DROP TABLE x; --",
            "${jndi:ldap://127.0.0.1/a}",
            "{}{}%s%n",
            "\ud83d\ude00\ud83d",
            "=h0123456789abcdef",
            "n".repeat(10_240));

    @Test
    void everybodyIsHeardAndNoNameReachesASubjectOrALogLine() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger("dev.june.stt");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        root.addAppender(lines);
        root.setLevel(Level.DEBUG);
        Listened listened = new Listened();
        try {
            for (int i = 0; i < NAMES.size(); i++) {
                listened.join("TR_" + i, NAMES.get(i));
                listened.speech("TR_" + i, 1_000);
                listened.silence("TR_" + i, 2_000);
            }
            List<SealedUtterance> sealed = listened.awaitSealed(NAMES.size());
            assertThat(sealed)
                    .extracting(utterance ->
                            utterance.header().origin().participant().identity())
                    .containsAll(NAMES);
        } finally {
            listened.room.endAll(EndReason.PARTICIPANT_LEFT);
            root.detachAppender(lines);
            root.setLevel(null);
        }
        Subjects subjects = new Subjects("team-a", "meetings");
        for (String name : NAMES) {
            assertThat(subjects.finalOf(name, name, "TR_1"))
                    .startsWith("stt.v1.team-a.meetings.final.")
                    .matches("[A-Za-z0-9_=.-]{1,400}");
            assertThat(subjects.finalOf(name, name, "TR_1")
                            .chars()
                            .filter(c -> c == '.')
                            .count())
                    .isEqualTo(7);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .allSatisfy(line -> assertThat(line).doesNotContain("\n", "\r", "\u001b", "forged", "DROP"));
    }
}
