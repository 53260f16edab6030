package dev.june.stt.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.june.stt.testing.Ports;
import dev.june.stt.testing.Speech;
import dev.june.stt.worker.livekit.RoomConnection.LeaveReason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class RoomConnectionIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private static Path folder;

    private static LiveKitRig rig;

    private final Recorder recorder = new Recorder();
    private String name = "";

    @BeforeAll
    static void start() {
        rig = new LiveKitRig(folder);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void nameTheRoom(TestInfo test) {
        name = test.getTestMethod().orElseThrow().getName();
    }

    @AfterEach
    void everyHandleIsFreed() {
        rig.awaitOpenHandles(0);
        LiveKitLibrary.Counts counts = rig.library.counts();
        assertThat(counts.rooms()).isZero();
        assertThat(counts.streams()).isZero();
        assertThat(counts.unknownHandles()).isZero();
        assertThat(counts.eventFailures()).isZero();
        assertThat(rig.panicked).isFalse();
    }

    @Test
    void aSpeakerIsHeardInFramesOf20MsThatSoundLikeTheSource() throws Exception {
        short[] speech = Speech.of("en_lv_austen_0880").samples();
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna")) {
            recorder.awaitEvent("started " + anna.trackSid());
            assertThat(room.room()).isEqualTo(name);
            assertThat(recorder.track(anna.trackSid()))
                    .isEqualTo(new RoomConnection.Track(anna.trackSid(), "anna", anna.participantSid(), false));

            long began = System.nanoTime();
            Recorder.Recording audio = recorder.audio(anna.trackSid());
            int before = audio.frames();
            sayUntilHeard(anna, speech);
            recorder.awaitFrames(anna.trackSid(), 5);

            int heard = audio.frames() - before;
            long passed = Duration.ofNanos(System.nanoTime() - began).toMillis() / 20;
            assertThat(heard)
                    .as("frames of 20 ms, for speech of %s, in the time of %s", speech.length / 320, passed)
                    .isBetween(speech.length / 320, (int) passed * 3 / 2);
            int least = audio.frames();
            assertThat(audio.samples().length)
                    .as("samples of whole frames")
                    .isBetween(least * 320, audio.frames() * 320);
        }
        assertThat(recorder.events).endsWith("left CLOSED");
    }

    @Test
    void whoeverWasThereBeforeUsIsHeardAsWell() throws Exception {
        try (Speaker anna = rig.speaker(name, "anna");
                RoomConnection room = rig.join(name, recorder)) {
            recorder.awaitEvent("started " + anna.trackSid());
            anna.pause(Duration.ofMillis(200));
            recorder.awaitFrames(anna.trackSid(), 5);
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void twoWhoSpeakAtOnceAreHeardApart() throws Exception {
        short[] annasWords = Speech.of("en_lv_austen_0880").samples();
        short[] bobsWords = Speech.of("en_lv_austen_0890").samples();
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna");
                Speaker bob = rig.speaker(name, "bob")) {
            recorder.awaitEvent("started " + anna.trackSid());
            recorder.awaitEvent("started " + bob.trackSid());

            CompletableFuture<Void> meanwhile = CompletableFuture.runAsync(() -> sayUntilHeard(bob, bobsWords));
            sayUntilHeard(anna, annasWords);
            meanwhile.join();

            short[] fromBob = recorder.audio(bob.trackSid()).samples();
            assertThat(Similarity.of(annasWords, fromBob)).isLessThan(0.5);
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void aMutedTrackIsSilentAndSaysSo() throws Exception {
        short[] speech = Speech.of("en_lv_austen_0880").samples();
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna")) {
            String sid = anna.trackSid();
            recorder.awaitEvent("started " + sid);

            anna.mute();
            recorder.awaitEvent("muted " + sid);
            anna.pause(Duration.ofSeconds(1));
            int before = recorder.audio(sid).samples().length;
            anna.say(speech);
            short[] whileMuted = recorder.audio(sid).samples();
            assertThat(Arrays.copyOfRange(whileMuted, before, whileMuted.length))
                    .containsOnly(0);

            anna.unmute();
            recorder.awaitEvent("unmuted " + sid);
            sayUntilHeard(anna, speech);
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void aTrackThatWasMutedBeforeWeCameIsKnownAsMuted() throws Exception {
        try (Speaker anna = rig.speaker(name, "anna")) {
            anna.mute();
            Await.until(() -> isMutedAtTheServer(anna.trackSid()), LIMIT, () -> "the server to know of the mute");
            try (RoomConnection room = rig.join(name, recorder)) {
                recorder.awaitEvent("started " + anna.trackSid());
                assertThat(recorder.track(anna.trackSid()).muted()).isTrue();
                assertThat(room.room()).isEqualTo(name);
            }
        }
    }

    @Test
    void anUnpublishedTrackEndsAndItsParticipantStays() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna")) {
            String first = anna.trackSid();
            recorder.awaitEvent("started " + first);
            anna.unpublish();
            recorder.awaitEvent("ended " + first);
            String second = anna.publish();
            recorder.awaitEvent("started " + second);
            assertThat(second).isNotEqualTo(first);
            assertThat(recorder.events).doesNotContain("participant left anna");
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void whoLeavesEndsTheirTracksFirst() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker bob = rig.speaker(name, "bob")) {
            String sid;
            try (Speaker anna = rig.speaker(name, "anna")) {
                sid = anna.trackSid();
                recorder.awaitEvent("started " + sid);
            }
            recorder.awaitEvent("participant left anna");
            assertThat(recorder.events).containsSubsequence("started " + sid, "ended " + sid, "participant left anna");
            recorder.awaitFrames(bob.trackSid(), 5);
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void weAreHiddenAndDoNotKeepTheRoomOpen() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna")) {
            recorder.awaitEvent("started " + anna.trackSid());
            assertThat(anna.others()).isEmpty();
            anna.leave();
            recorder.awaitEvent("left " + LeaveReason.ROOM_CLOSED);
            assertThat(room.room()).isEqualTo(name);
        }
        assertThat(recorder.events).endsWith("left ROOM_CLOSED");
    }

    @Test
    void aSecondJoinUnderOurIdentityEvictsTheFirst() throws Exception {
        Recorder second = new Recorder();
        try (Speaker anna = rig.speaker(name, "anna");
                RoomConnection first = rig.join(name, recorder)) {
            recorder.awaitEvent("started " + anna.trackSid());
            try (RoomConnection owner = rig.join(name, second)) {
                recorder.awaitEvent("left EVICTED");
                second.awaitEvent("started " + anna.trackSid());
                second.awaitFrames(anna.trackSid(), 5);
                assertThat(recorder.events).endsWith("ended " + anna.trackSid(), "left EVICTED");
                assertThat(owner.room()).isEqualTo(first.room());
            }
        }
    }

    @Test
    void aDeletedRoomIsLeft() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna")) {
            recorder.awaitEvent("started " + anna.trackSid());
            rig.deleteRoom(name);
            recorder.awaitEvent("left ROOM_CLOSED");
            assertThat(recorder.events).containsSubsequence("ended " + anna.trackSid(), "left ROOM_CLOSED");
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void anEncryptedTrackIsRefusedAndNeverHeard() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = Speaker.join(
                        rig.library, rig.access.url(), name, "anna", new Speaker.Manner("standard", true));
                Speaker bob = rig.speaker(name, "bob")) {
            recorder.awaitEvent("refused " + anna.trackSid() + ": it is encrypted and we have no key");
            anna.say(Speech.of("en_lv_austen_0880").samples());
            recorder.awaitFrames(bob.trackSid(), 5);
            assertThat(recorder.audio(anna.trackSid()).frames()).isZero();
            assertThat(recorder.events).doesNotContain("started " + anna.trackSid());
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void otherAgentsAreNotListenedTo() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker bot =
                        Speaker.join(rig.library, rig.access.url(), name, "bot", new Speaker.Manner("agent", false));
                Speaker caller =
                        Speaker.join(rig.library, rig.access.url(), name, "caller", new Speaker.Manner("sip", false))) {
            bot.pause(Duration.ofMillis(500));
            recorder.awaitEvent("started " + caller.trackSid());
            recorder.awaitFrames(caller.trackSid(), 5);
            assertThat(recorder.audio(bot.trackSid()).frames()).isZero();
            assertThat(recorder.events).doesNotContain("started " + bot.trackSid());
            assertThat(room.room()).isEqualTo(name);
        }
    }

    @Test
    void aJoinThatFailsSaysWhy() {
        assertThat(failureOf(rig.access.url(), "no token")).isEqualTo(LiveKitException.Reason.REFUSED);

        String wrongKey = new LiveKitRooms(
                        rig.http,
                        () -> new LiveKitAccess(rig.access.url(), "devkey", "a secret that is not the server's"))
                .listenerToken(name, "stt");
        assertThat(failureOf(rig.access.url(), wrongKey)).isEqualTo(LiveKitException.Reason.REFUSED);

        String nobody = "ws://127.0.0.1:" + Ports.next();
        assertThat(failureOf(nobody, wrongKey)).isEqualTo(LiveKitException.Reason.UNREACHABLE);
    }

    @Test
    void aJoinThatIsGivenUpLeavesNothingBehind() throws Exception {
        long before = rig.library.counts().droppedHandles();
        JoinOptions hasty = new JoinOptions(Duration.ofMillis(1), JoinOptions.DEFAULT.iceServers());
        for (int i = 0; i < 10; i++) {
            String token = rig.rooms.listenerToken(name, "stt-" + i);
            assertThatExceptionOfType(LiveKitException.class)
                    .isThrownBy(() -> rig.client.join(rig.access.url(), token, recorder, hasty));
        }
        Await.until(
                () -> rig.library.counts().droppedHandles() >= before + 20
                        && rig.library.counts().openHandles() == 0,
                LIMIT,
                () -> "ten joins to be undone: " + rig.library.counts());
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void closingFromWithinTheListenerLeavesTheRoom() throws Exception {
        CompletableFuture<RoomConnection> connection = new CompletableFuture<>();
        Recorder impatient = new Recorder() {
            @Override
            public void trackStarted(RoomConnection.Track track) {
                super.trackStarted(track);
                connection.join().close();
            }
        };
        try (RoomConnection room = rig.join(name, impatient)) {
            connection.complete(room);
            try (Speaker anna = rig.speaker(name, "anna")) {
                impatient.awaitEvent("left CLOSED");
                assertThat(impatient.events)
                        .isEqualTo(List.of("started " + anna.trackSid(), "ended " + anna.trackSid(), "left CLOSED"));
            }
        }
    }

    /** It sounds as it was said; a machine that stands still cuts holes into sound, and then it is said again. */
    private void sayUntilHeard(Speaker speaker, short[] speech) {
        double similarity = 0;
        for (int tries = 0; similarity <= 0.7; tries++) {
            assertThat(tries).as("times it was said; similarity %s", similarity).isLessThan(5);
            int before = recorder.audio(speaker.trackSid()).samples().length;
            speaker.say(speech);
            speaker.pause(Duration.ofSeconds(1));
            short[] heard = recorder.audio(speaker.trackSid()).samples();
            similarity = Similarity.of(speech, Arrays.copyOfRange(heard, before, heard.length));
        }
    }

    private static LiveKitException.Reason failureOf(String url, String token) {
        try {
            rig.client.join(url, token, new Recorder(), JoinOptions.DEFAULT).close();
            throw new AssertionError("joined with a wrong token");
        } catch (LiveKitException e) {
            return e.reason();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isMutedAtTheServer(String trackSid) {
        try {
            return rig.tracks(name).stream().anyMatch(track -> track.getSid().equals(trackSid) && track.getMuted());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
