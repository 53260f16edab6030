package dev.june.stt.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.livekit.AgentConnection.Job;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentConnectionIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private static Path folder;

    private static LiveKitRig rig;

    private final List<Worker> workers = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        rig = new LiveKitRig(folder);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @AfterEach
    void closeWorkers() {
        workers.forEach(worker -> worker.connection.close());
    }

    @Test
    void aNewRoomIsAssignedAndItsTokenLetsUsListen() throws Exception {
        Worker worker = worker("assigned", "stt");
        rig.rooms.dispatch("assigned", "assigned", "");
        Job job = worker.awaitJob("assigned");
        assertThat(job.roomSid()).startsWith("RM_");

        Recorder recorder = new Recorder();
        try (RoomConnection room = rig.client.join(rig.access.url(), job.token(), recorder, JoinOptions.DEFAULT);
                Speaker anna = rig.speaker("assigned", "anna")) {
            recorder.awaitEvent("started " + anna.trackSid());
            assertThat(room.room()).isEqualTo("assigned");
            assertThat(anna.others()).isEmpty();
            assertThat(rig.rooms.occupants("assigned"))
                    .filteredOn(LiveKitRooms.Occupant::hidden)
                    .extracting(LiveKitRooms.Occupant::identity)
                    .containsExactly("stt");
        }
        worker.connection.finished(job.id(), true);
    }

    @Test
    void aWorkerThatRegistersWithoutANameGetsEveryNewRoom() throws Exception {
        Worker worker = worker("", "stt");
        try (Speaker anna = rig.speaker("unnamed", "anna")) {
            Job job = worker.awaitJob("unnamed");
            assertThat(job.room()).isEqualTo("unnamed");
            assertThat(anna.others()).isEmpty();
        }
    }

    @Test
    void aRefusedRoomGoesToTheOtherWorker() throws Exception {
        Worker full = worker("refusing", "stt");
        full.accepts = false;
        Worker free = worker("refusing", "stt");
        for (int i = 0; i < 5; i++) {
            rig.rooms.dispatch("refused-" + i, "refusing", "");
            free.awaitJob("refused-" + i);
        }
        assertThat(full.jobs).isEmpty();
    }

    @Test
    void twoWorkersShareTheRoomsAndADrainingOneGetsNoMore() throws Exception {
        Worker first = worker("sharing", "stt");
        Worker second = worker("sharing", "stt");
        for (int i = 0; i < 20; i++) {
            String room = "shared-" + i;
            rig.rooms.dispatch(room, "sharing", "");
            Await.until(() -> first.has(room) || second.has(room), LIMIT, () -> room + " to be assigned");
        }
        assertThat(first.jobs).isNotEmpty(); // chance of all twenty on one side: one in half a million
        assertThat(second.jobs).isNotEmpty();

        first.connection.report(0.1, false);
        int inARow = 0;
        for (int i = 0; inARow < 3; i++) { // a room or two may have been on its way
            String room = "draining-" + i;
            rig.rooms.dispatch(room, "sharing", "");
            Await.until(() -> first.has(room) || second.has(room), LIMIT, () -> room + " to be assigned");
            inARow = second.has(room) ? inARow + 1 : 0;
        }
        int before = first.jobs.size();
        for (int i = 0; i < 10; i++) {
            rig.rooms.dispatch("after-" + i, "sharing", "");
            second.awaitJob("after-" + i);
        }
        assertThat(first.jobs).hasSize(before);
    }

    @Test
    void theConnectionComesBackAfterTheServerWasKilled() throws Exception {
        Worker worker = worker("returning", "stt");
        rig.server.kill();
        Await.until(() -> !worker.connection.isRegistered(), LIMIT, () -> "the loss to be noticed");
        rig.server.restart();
        Await.until(worker.connection::isRegistered, LIMIT, () -> "the worker to be registered again");
        worker.awaitRegistrations(true, false, true);
        rig.rooms.dispatch("returned", "returning", "");
        worker.awaitJob("returned");
    }

    @Test
    void aRotatedKeyIsTakenUp() throws Exception {
        AtomicReference<LiveKitAccess> access = new AtomicReference<>(
                new LiveKitAccess(rig.access.url(), rig.access.apiKey(), "an old secret that is no longer valid"));
        AtomicInteger asked = new AtomicInteger();
        Worker worker = new Worker("rotating", "stt", () -> {
            asked.incrementAndGet();
            return access.get();
        });
        workers.add(worker);
        Await.until(() -> asked.get() > 1, LIMIT, () -> "a second attempt");
        assertThat(worker.connection.isRegistered()).isFalse();
        access.set(rig.access);
        Await.until(worker.connection::isRegistered, LIMIT, () -> "the new key to be used");
    }

    @Test
    void aClosedConnectionIsForgottenByTheServer() throws Exception {
        Worker gone = worker("closing", "stt");
        gone.connection.close();
        gone.connection.close();
        Worker there = worker("closing", "stt");
        for (int i = 0; i < 5; i++) {
            rig.rooms.dispatch("closed-" + i, "closing", "");
            there.awaitJob("closed-" + i);
        }
        assertThat(gone.jobs).isEmpty();
        gone.awaitRegistrations(true, false);
    }

    private Worker worker(String agentName, String identity) {
        Worker worker = new Worker(agentName, identity, () -> rig.access);
        workers.add(worker);
        Await.until(worker.connection::isRegistered, LIMIT, () -> "the registration of " + agentName);
        return worker;
    }

    /** Takes what it is offered and remembers. */
    private static final class Worker implements AgentConnection.Listener {
        final Map<String, Job> jobs = new ConcurrentHashMap<>();
        final List<Boolean> registrations = new CopyOnWriteArrayList<>();
        private final String identity;
        volatile boolean accepts = true;
        final AgentConnection connection;

        Worker(String agentName, String identity, Supplier<LiveKitAccess> access) {
            this.identity = identity;
            this.connection = LiveKitAgentConnection.open(rig.http, access, agentName, "1", this);
        }

        boolean has(String room) {
            return jobs.containsKey(room);
        }

        Job awaitJob(String room) {
            Await.until(() -> has(room), LIMIT, () -> "the job for " + room);
            return Objects.requireNonNull(jobs.get(room));
        }

        /** They are told a moment after they are true. */
        void awaitRegistrations(Boolean... expected) {
            Await.until(
                    () -> registrations.size() >= expected.length,
                    LIMIT,
                    () -> "registrations " + List.of(expected) + ", have " + registrations);
            assertThat(registrations).startsWith(expected);
        }

        @Override
        public Optional<String> offered(String jobId, String room) {
            return accepts ? Optional.of(identity) : Optional.empty();
        }

        @Override
        public void assigned(Job job) {
            jobs.put(job.room(), job);
        }

        @Override
        public void terminated(String jobId) {}

        @Override
        public void registrationChanged(boolean registered) {
            registrations.add(registered);
        }
    }
}
