package dev.june.stt.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Subjects;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NatsRoleTest {
    /** The chart's NATS server puts names in the place of these two. */
    private static final Subjects PLACEHOLDERS = new Subjects("NAMESPACE", "PIPELINE");

    private static final Path CHART = Path.of("../charts/june-stt/files/nats-users.conf");

    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");

    @Test
    void theChartHasWhatTheSubjectsSay() throws Exception {
        String users = "# Generated from NatsRole: ./mvnw -pl crds test -Dnats.update=true\n"
                + NatsRole.users(List.of(
                        NatsRole.operator(PLACEHOLDERS),
                        NatsRole.worker(PLACEHOLDERS),
                        NatsRole.reader(PLACEHOLDERS, List.of())));
        if (Boolean.getBoolean("nats.update")) {
            Files.writeString(CHART, users);
        }
        assertThat(users)
                .as("the chart's NATS users; update them with ./mvnw -pl crds test -Dnats.update=true")
                .isEqualTo(Files.readString(CHART));
    }

    @Test
    void everySubjectNamesItsPipelineOrIsTheOperatorsInbox() {
        Stream.of(NatsRole.operator(SUBJECTS), NatsRole.worker(SUBJECTS), NatsRole.reader(SUBJECTS, List.of("archive")))
                .flatMap(role -> Stream.concat(role.publish().stream(), role.subscribe().stream()))
                .forEach(subject -> assertThat(subject)
                        .satisfiesAnyOf(
                                each -> assertThat(each).contains("team-a.meetings"),
                                each -> assertThat(each).contains("STT_team-a_meetings"),
                                each -> assertThat(each).isEqualTo(Subjects.OPERATOR_INBOX + ".>")));
    }

    @Test
    void namesDifferWhereverTheHyphenIs() {
        assertThat(NatsRole.worker(new Subjects("a-b", "c")).name())
                .isNotEqualTo(NatsRole.worker(new Subjects("a", "b-c")).name());
        assertThat(NatsRole.worker(SUBJECTS).passwordVariable()).isEqualTo("WORKER__TEAM_A__MEETINGS_PASSWORD");
    }
}
