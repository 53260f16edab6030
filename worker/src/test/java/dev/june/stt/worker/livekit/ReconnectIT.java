package dev.june.stt.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.SimulateScenarioRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class ReconnectIT {
    private static final int SIGNAL_RECONNECT = 0;
    private static final int FULL_RECONNECT = 7;

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

    @Test
    void aLostSignalConnectionIsResumedAndTheTrackGoesOn() throws Exception {
        try (JoinedRoom room = (JoinedRoom) rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna");
                Talk talk = new Talk(anna)) {
            recorder.awaitFrames(anna.trackSid(), 20);
            simulate(room, SIGNAL_RECONNECT);
            recorder.awaitEvent("reconnected");
            recorder.awaitFrames(anna.trackSid(), 100);
            assertThat(recorder.events).containsExactly("started " + anna.trackSid(), "reconnecting", "reconnected");
            assertThat(talk.going()).isTrue();
        }
        assertNothingLeaked();
    }

    @Test
    void aFullReconnectEndsTheTrackAndStartsItAgainUnderItsSid() throws Exception {
        try (JoinedRoom room = (JoinedRoom) rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna");
                Talk talk = new Talk(anna)) {
            String sid = anna.trackSid();
            recorder.awaitFrames(sid, 20);
            simulate(room, FULL_RECONNECT);
            recorder.awaitEvent("reconnected");
            recorder.awaitFrames(sid, 100);
            assertThat(recorder.events)
                    .containsSubsequence(
                            "started " + sid, "ended " + sid, "reconnecting", "reconnected", "started " + sid);
            assertThat(recorder.events).filteredOn(("started " + sid)::equals).hasSize(2);
            assertThat(recorder.events).filteredOn(("ended " + sid)::equals).hasSize(1);
            assertThat(talk.going()).isTrue();
        }
        assertNothingLeaked();
    }

    @Test
    void aServerThatWasKilledIsFoundAgain() throws Exception {
        try (RoomConnection room = rig.join(name, recorder)) {
            try (Speaker anna = rig.speaker(name, "anna");
                    Talk talk = new Talk(anna)) {
                recorder.awaitFrames(anna.trackSid(), 20);
                assertThat(talk.going()).isTrue();
                rig.server.kill();
                recorder.awaitEvent("reconnecting");
                rig.server.restart();
                recorder.awaitEvent("reconnected");
            }
            try (Speaker bob = rig.speaker(name, "bob");
                    Talk talk = new Talk(bob)) {
                recorder.awaitEvent("started " + bob.trackSid());
                recorder.awaitFrames(bob.trackSid(), 20);
                assertThat(talk.going()).isTrue();
            }
            assertThat(room.room()).isEqualTo(name);
        }
        assertNothingLeaked();
    }

    @Test
    void aServerThatStaysAwayIsGivenUpAsLost() throws Exception {
        try (RoomConnection room = rig.join(name, recorder);
                Speaker anna = rig.speaker(name, "anna")) {
            recorder.awaitEvent("started " + anna.trackSid());
            rig.server.kill();
            recorder.awaitEvent("left CONNECTION_LOST", Duration.ofMinutes(4));
            assertThat(recorder.events).containsSubsequence("ended " + anna.trackSid(), "left CONNECTION_LOST");
            assertThat(room.room()).isEqualTo(name);
        } finally {
            rig.server.restart();
        }
        assertNothingLeaked();
    }

    private static void simulate(JoinedRoom room, int scenario) {
        rig.library.request(FfiRequest.newBuilder()
                .setSimulateScenario(SimulateScenarioRequest.newBuilder()
                        .setRoomHandle(room.handle())
                        .setScenario(scenario)
                        .setRequestAsyncId(rig.library.nextAsyncId()))
                .build());
    }

    private static void assertNothingLeaked() {
        rig.awaitOpenHandles(0);
        assertThat(rig.library.counts().unknownHandles()).isZero();
        assertThat(rig.panicked).isFalse();
    }

    /** Keeps a speaker speaking. */
    private static final class Talk implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final Thread thread;

        Talk(Speaker speaker) {
            thread = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    speaker.pause(Duration.ofMillis(100));
                }
            });
        }

        boolean going() {
            return thread.isAlive();
        }

        @Override
        public void close() {
            over.set(true);
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
