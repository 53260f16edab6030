package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.livekit.RoomConnection.LeaveReason;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a room's tracks do with what happens to them. */
class TrackSessionTest {
    private final Listened listened = new Listened();

    @Test
    void silenceEndsAnUtteranceAndWhatWasDecodedInThePauseIsWhatWasSealed() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        listened.silence("TR_a", 1_000);

        SealedUtterance utterance = listened.awaitSealed(1).getFirst();
        assertThat(utterance.header().endReason()).isEqualTo(EndReason.SILENCE);
        assertThat(utterance.header().origin().participant().identity()).isEqualTo("ann");
        assertThat(utterance.header().direct()).isTrue();
        assertThat(listened.asked(Priority.SPECULATIVE).getLast().samples()).isEqualTo(utterance.samples());
    }

    @Test
    void audioThatStopsComingEndsAnUtteranceAsSilenceDoes() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        listened.awaitAsTimePasses(() -> !listened.sealed.isEmpty());

        assertThat(listened.awaitSealed(1).getFirst().header().endReason()).isEqualTo(EndReason.SILENCE);
    }

    @Test
    void aTrackThatDoesNotComeBackEndsItsUtterance() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        listened.room.trackEnded("TR_a");
        listened.awaitAsTimePasses(() -> !listened.sealed.isEmpty() && listened.sessions.activeTracks() == 0);

        assertThat(listened.awaitSealed(1).getFirst().header().endReason())
                .isIn(EndReason.TRACK_ENDED, EndReason.SILENCE);
    }

    @Test
    void aTrackThatComesBackAtOnceGoesOnWithItsUtterance() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        listened.room.trackEnded("TR_a");
        listened.room.participantLeft("ann");
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        listened.silence("TR_a", 1_000);

        SealedUtterance utterance = listened.awaitSealed(1).getFirst();
        assertThat(utterance.samples().length).isGreaterThanOrEqualTo(2 * 16_000);
        assertThat(listened.opened()).isEqualTo(1);
    }

    @Test
    void muteEndsAnUtteranceAndSpeechAfterUnmuteIsAnother() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        Listened.await(() -> listened.opened() == 1);
        listened.room.trackMuted("TR_a");
        listened.speech("TR_a", 1_000); // what comes while muted is not listened to
        listened.room.trackUnmuted("TR_a");
        listened.speech("TR_a", 500);
        listened.silence("TR_a", 1_000);

        List<SealedUtterance> utterances = listened.awaitSealed(2);
        assertThat(utterances)
                .extracting(each -> each.header().endReason())
                .containsExactly(EndReason.MUTED, EndReason.SILENCE);
        assertThat(listened.opened()).isEqualTo(2);
    }

    @Test
    void theEndOfTheConnectionEndsEverybodysUtterance() throws Exception {
        listened.join("TR_a", "ann");
        listened.join("TR_b", "bob");
        listened.speech("TR_a", 1_000);
        listened.speech("TR_b", 1_000);
        Listened.await(() -> listened.opened() == 2);
        listened.room.left(LeaveReason.CONNECTION_LOST);

        assertThat(listened.awaitSealed(2))
                .extracting(each -> each.header().endReason())
                .containsOnly(EndReason.DISCONNECTED);
    }

    @Test
    void twoWhoSpeakAtOnceAreKeptApart() throws Exception {
        listened.join("TR_a", "ann");
        listened.join("TR_b", "bob");
        for (int i = 0; i < 10; i++) {
            listened.speech("TR_a", 100);
            listened.speech("TR_b", 100);
        }
        listened.silence("TR_a", 1_000);
        listened.silence("TR_b", 1_000);

        assertThat(listened.awaitSealed(2))
                .extracting(
                        each -> each.header().origin().participant().identity(),
                        each -> each.header().origin().track())
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("ann", "TR_a"),
                        org.assertj.core.groups.Tuple.tuple("bob", "TR_b"));
    }

    @Test
    void aSecondTrackOfAParticipantIsListenedToOnItsOwn() throws Exception {
        listened.join("TR_a", "ann");
        listened.join("TR_screen", "ann");
        listened.speech("TR_a", 600);
        listened.silence("TR_a", 1_000);
        listened.speech("TR_screen", 600);
        listened.silence("TR_screen", 1_000);

        assertThat(listened.awaitSealed(2))
                .extracting(each -> each.header().origin().track())
                .containsExactlyInAnyOrder("TR_a", "TR_screen");
        assertThat(listened.sessions.activeParticipants()).isEqualTo(1);
    }

    @Test
    void nothingIsLostWhileNobodyTakesUtterances() throws Exception {
        listened.sinkOpen = false;
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 600);
        listened.silence("TR_a", 800);
        Listened.await(() -> listened.opened() == 1);
        assertThat(listened.sealed).isEmpty();
        listened.sinkOpen = true;

        assertThat(listened.awaitSealed(1)).hasSize(1);
    }

    @Test
    void partialsAreNumberedUpwardsAndNoneFollowsTheEnd() throws Exception {
        listened.join("TR_a", "ann");
        for (int i = 0; i < 200 && (i < 30 || listened.partials.size() < 2); i++) {
            listened.speech("TR_a", 100);
            listened.pass(Duration.ofMillis(100));
            Thread.sleep(5); // decodes come back between blocks
        }
        listened.silence("TR_a", 1_000);
        listened.awaitSealed(1);
        int seen = listened.partials.size();

        assertThat(listened.partials).isNotEmpty();
        assertThat(listened.partials)
                .extracting(partial -> partial.revision())
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(listened.partials)
                .extracting(partial -> partial.utteranceId())
                .containsOnly("TR_a-000001");
        listened.silence("TR_a", 3_000);
        assertThat(listened.partials).hasSize(seen);
    }

    @Test
    void tenThousandParticipantsLeaveNothingBehind() throws Exception {
        int threadsBefore = Thread.activeCount();
        for (int i = 0; i < 10_000; i++) {
            String track = "TR_" + i;
            listened.join(track, "participant-" + i);
            if (i % 100 == 0) {
                listened.speech(track, 500);
            }
            listened.room.trackEnded(track);
            listened.room.participantLeft("participant-" + i);
            if (i % 200 == 0) {
                listened.awaitAsTimePasses(() -> listened.sessions.activeTracks() < 400);
            }
        }

        listened.awaitAsTimePasses(
                () -> listened.sessions.activeTracks() == 0 && listened.sessions.activeParticipants() == 0);
        Listened.await(() -> listened.detectors.open.get() == 0);
        Listened.await(() -> Thread.activeCount() <= threadsBefore + 5);
        assertThat(listened.awaitSealed((int) listened.opened())).hasSize((int) listened.opened());
        assertThat(listened.room.awaitTracks(Duration.ofSeconds(10))).isTrue();
    }
}
