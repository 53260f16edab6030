package dev.june.stt.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.Speech;
import dev.june.stt.worker.lifecycle.ConfigDocument;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.room.RoomSupervisor;
import dev.june.stt.worker.room.SessionParts;
import dev.june.stt.worker.room.SessionSettings;
import dev.june.stt.worker.vad.SpeechDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rooms change hands: real LiveKit, real NATS, two workers. */
class TakeoverIT {
    private static final String ROOM = "takeover";

    @TempDir
    Path folder;

    @Test
    void aRoomWhoseOwnerFallsSilentIsTakenAndTheOldOwnerIsEvicted() throws Exception {
        try (LiveKitRig rig = new LiveKitRig(folder);
                NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                PipelineOnNats pipeline = new PipelineOnNats(server.url(), 1, Duration.ofMinutes(2), folder);
                Worker first = new Worker("worker-1", "", rig, server, pipeline);
                Worker second = new Worker("worker-2", "", rig, server, pipeline);
                Speaker anna = rig.speaker(ROOM, "anna")) {
            PipelineOnNats.await(() -> {
                first.rooms.claimOrphans();
                return first.rooms.activeParticipants() == 1;
            });
            for (int i = 0; i < 3; i++) { // it is held, so nobody else takes it
                second.rooms.claimOrphans();
            }
            assertThat(second.rooms.activeRooms()).isZero();

            // From here on the first one does nothing any more, as a process that hangs: its lease runs out.
            first.stopTicking();
            PipelineOnNats.await(() -> {
                second.rooms.claimOrphans();
                Thread.sleep(200);
                return second.rooms.activeParticipants() == 1;
            });
            PipelineOnNats.await(() -> first.rooms.activeRooms() == 0); // LiveKit evicted it, and it does not come back

            assertThat(second.rooms.activeRooms()).isEqualTo(1);
            PipelineOnNats.await(() -> rig.rooms.occupants(ROOM).stream()
                            .filter(LiveKitRooms.Occupant::hidden)
                            .count()
                    == 1); // one of us listens
            assertThat(anna.others()).as("nobody sees it").isEmpty();
        }
    }

    @Test
    void aRoomThatWasRefusedIsTakenLaterAndOneThatNobodyAskedForIsNot() throws Exception {
        try (LiveKitRig rig = new LiveKitRig(folder);
                NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                PipelineOnNats pipeline = new PipelineOnNats(server.url(), 1, Duration.ofMinutes(2), folder);
                Worker worker = new Worker("worker-1", "june", rig, server, pipeline);
                Speaker anna = rig.speaker("asked", "anna");
                Speaker bob = rig.speaker("not-asked", "bob")) {
            worker.full.set(true);
            assertThat(worker.rooms.offered("job-1", "asked")).isEmpty();
            worker.rooms.claimOrphans();
            assertThat(worker.rooms.activeRooms()).isZero();

            worker.full.set(false);
            PipelineOnNats.await(() -> {
                worker.rooms.claimOrphans();
                return worker.rooms.activeParticipants() == 1;
            });
            worker.rooms.claimOrphans();
            assertThat(worker.rooms.activeRooms()).isEqualTo(1);
            assertThat(rig.rooms.occupants("asked")).hasSize(2);
            assertThat(rig.rooms.occupants("not-asked")).hasSize(1);
            assertThat(anna.others()).isEmpty();
            assertThat(bob.others()).isEmpty();
        }
    }

    private static final class Worker implements AutoCloseable {
        final RoomSupervisor rooms;
        final AtomicBoolean full = new AtomicBoolean();
        private final NatsLink nats;
        private final Thread ticking = Thread.ofVirtual().unstarted(this::tick);

        Worker(String name, String agentName, LiveKitRig rig, NatsServer server, PipelineOnNats pipeline)
                throws Exception {
            nats = NatsLink.open(new Delivery.Nats(server.url(), null, 1), Path.of("none"), name);
            SimpleMeterRegistry metrics = new SimpleMeterRegistry();
            FakeRecognizer recognizer = Speech.recognizer();
            PipelineConfig config = config(rig.access.url(), agentName);
            SessionParts parts = new SessionParts(
                    Speech.NAMESPACE,
                    Speech.PIPELINE,
                    name,
                    new Silence(),
                    () -> recognizer,
                    () -> SessionSettings.of(config, ""),
                    (_, _, _) -> 0,
                    _ -> true,
                    _ -> {},
                    new Speculations(),
                    new Ledger(metrics),
                    Clock.systemUTC());
            rooms = new RoomSupervisor(
                    parts,
                    metrics,
                    rig.client,
                    rig.rooms,
                    new ExpiringKeys(nats, pipeline.subjects.bucket()),
                    () -> nats.bucket(pipeline.subjects.bucket()),
                    () -> rig.access,
                    () -> config,
                    () -> 0,
                    full::get);
            ticking.start();
        }

        private void tick() {
            try {
                while (true) {
                    rooms.tick();
                    Thread.sleep(500);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void stopTicking() throws InterruptedException {
            ticking.interrupt();
            ticking.join();
        }

        private static PipelineConfig config(String liveKit, String agentName) {
            return ConfigDocument.parse("""
                    apiVersion: stt.june.dev/v1alpha1
                    kind: SttPipeline
                    metadata: {name: meetings, namespace: team-a}
                    spec:
                      livekit: {url: "%s", agentName: "%s", credentialsSecretRef: {name: livekit}}
                      delivery: {nats: {url: "nats://unused:4222"}}
                    """.formatted(liveKit, agentName), Map.of());
        }

        @Override
        public void close() throws InterruptedException {
            stopTicking();
            rooms.drain(Duration.ofSeconds(30));
            nats.close();
        }
    }

    /** Nobody says anything here. */
    private static final class Silence implements SpeechDetector.Factory {
        @Override
        public SpeechDetector create() {
            return new SpeechDetector() {
                @Override
                public float probability(short[] window) {
                    return 0;
                }

                @Override
                public void reset() {}

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }
}
