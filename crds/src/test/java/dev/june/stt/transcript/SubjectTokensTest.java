package dev.june.stt.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever rooms and participants are called, a subject has the tokens that it is meant to have. */
class SubjectTokensTest {
    private static final String TOKEN = "[A-Za-z0-9=-][A-Za-z0-9_=-]{0,95}|_empty";
    private static final String TROUBLE = ".*> \t\r\n\u0000\u007f=~_/\\\"'$#\u00e9\u4e2d";
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");

    @Provide
    Arbitrary<String> names() {
        Arbitrary<String> troubled = Arbitraries.strings().withChars(TROUBLE).ofMaxLength(40);
        Arbitrary<String> plain =
                Arbitraries.strings().alpha().numeric().withChars("-_").ofMaxLength(200);
        Arbitrary<String> anything = Arbitraries.strings().all().ofMaxLength(120);
        Arbitrary<String> emoji = Arbitraries.of("\ud83d\ude00", "\ud83c\udff3\ufe0f", "a", ".")
                .list()
                .ofMaxSize(30)
                .map(parts -> String.join("", parts));
        return Arbitraries.oneOf(troubled, plain, anything, emoji);
    }

    @Property
    void aTokenIsAlwaysLegal(@ForAll("names") String name) {
        assertThat(Subjects.token(name)).matches(TOKEN);
    }

    @Property
    void aSubjectHasAlwaysTheSameNumberOfTokens(
            @ForAll("names") String room, @ForAll("names") String participant, @ForAll("names") String id) {
        assertThat(SUBJECTS.utterance(room, participant).split("\\.", -1)).hasSize(7);
        assertThat(SUBJECTS.partial(room, participant).split("\\.", -1)).hasSize(7);
        assertThat(SUBJECTS.finalOf(room, participant, id).split("\\.", -1)).hasSize(8);
        assertThat(SUBJECTS.voidOf(room, participant, id).split("\\.", -1)).hasSize(8);
        assertThat(SUBJECTS.dead("decode", room, participant, id).split("\\.", -1))
                .hasSize(9);
    }

    @Property
    void twoNamesNeverShareAToken(@ForAll("names") String one, @ForAll("names") String other) {
        Assume.that(!one.equals(other));
        Assume.that(wellFormed(one) && wellFormed(other));
        assertThat(Subjects.token(one)).isNotEqualTo(Subjects.token(other));
    }

    @Test
    void theNamesThatLookLikeTokensAreToldFromThem() {
        List<String> names = List.of("", "_empty", "=5Fempty", "a.b", "a=2Eb", "a=3D2Eb", "A", "a", "_a", "=5Fa");
        assertThat(names.stream().map(Subjects::token).distinct()).hasSameSizeAs(names);
    }

    @ParameterizedTest
    @ValueSource(strings = {">", "*", ".", " ", "\n", "a.b", "room.*", "x.>", "\ud83d\ude00", "_INBOX", "$JS.API.>"})
    void whatMeansSomethingToTheServerDoesNotReachIt(String name) {
        assertThat(Subjects.token(name)).matches(TOKEN).doesNotContain(".", "*", ">", "$", " ");
    }

    @Test
    void tenKilobytesBecomeAToken() {
        String long1 = ".".repeat(10_240);
        String long2 = ".".repeat(10_239) + "*";
        assertThat(Subjects.token(long1)).matches(TOKEN).hasSize(96);
        assertThat(Subjects.token(long1)).isNotEqualTo(Subjects.token(long2));
    }

    @Test
    void plainNamesStayReadable() {
        assertThat(SUBJECTS.finalOf("stand-up", "anna.schmidt@example.com", "TR_AMx4-000007"))
                .isEqualTo("stt.v1.team-a.meetings.final.stand-up.anna=2Eschmidt=40example=2Ecom.TR_AMx4-000007");
    }

    /** A lone surrogate has no UTF-8 form: Java writes a question mark in its place. LiveKit's names are UTF-8. */
    private static boolean wellFormed(String name) {
        return java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(name);
    }
}
