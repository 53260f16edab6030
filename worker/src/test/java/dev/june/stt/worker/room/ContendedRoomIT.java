package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.faults.Conformance;
import dev.june.stt.worker.faults.NatsWire;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.Said;
import dev.june.stt.worker.faults.Speech;
import dev.june.stt.worker.recognition.FakeRecognizer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Two workers that both believe they own a room hear the same speech; LiveKit, which would evict one of them, is not there. */
class ContendedRoomIT {
    @TempDir
    Path folder;

    private NatsServer server;
    private PipelineOnNats pipeline;
    private NatsWire wire;
    private Worker first;
    private Worker second;
    private DecodeLoop decodes;
    private final List<Said> said = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        pipeline = new PipelineOnNats(server.url(), 1, Duration.ofMinutes(2), folder);
        wire = new NatsWire(server.port());
        first = new Worker("worker-1", wire.url());
        second = new Worker("worker-2", server.url());
        decodes = decodeLoop();
        assertThat(first.leases.acquire(Speech.ROOM)).isTrue();
    }

    @AfterEach
    void stop() throws Exception {
        decodes.close();
        first.close();
        second.close();
        pipeline.close();
        wire.close();
        server.close();
    }

    @Test
    void whatBothHeardHasOneFinalAndThatOfTheNewOwner() throws Exception {
        heardBy(3, first);
        wire.cut();
        heardBy(3, first); // still the only one; nobody else can have taken the room yet
        PipelineOnNats.await(() -> second.leases.acquire(Speech.ROOM));
        heardBy(5, first, second);
        wire.mend();
        first.awaitAppended();
        heardBy(2, second);
        second.awaitAppended();

        pipeline.awaitQueueEmpty();
        var ledger = pipeline.judge("two workers, one room", said, said, Conformance.Order.ANY);
        assertThat(ledger.finals()).isEqualTo(13);
        assertThat(ledger.failed()).as("the first worker's copies").isEqualTo(5);
        assertThat(first.metrics.counter("stt_utterances_superseded_total").count())
                .isEqualTo(5);
        List<String> lost = new ArrayList<>();
        PipelineOnNats.await(() -> {
            first.leases.renew(lost::add);
            return !lost.isEmpty();
        });
        assertThat(lost).containsExactly(Speech.ROOM);
        assertThat(first.leases.standing(Speech.ROOM)).isEqualTo(RoomLeases.Standing.LOST);
        assertThat(second.leases.standing(Speech.ROOM)).isEqualTo(RoomLeases.Standing.HELD);
    }

    @Test
    void whatAWorkerHeardWhileItWasCutOffAndNobodyElseListenedIsNotLost() throws Exception {
        wire.cut();
        Thread.sleep(RoomLeases.LIFE.plusSeconds(1)); // its lease runs out
        heardBy(4, first);
        assertThat(first.leases.standing(Speech.ROOM)).isEqualTo(RoomLeases.Standing.UNKNOWN);
        wire.mend();
        PipelineOnNats.await(() -> {
            first.leases.renew(_ -> {});
            return first.leases.standing(Speech.ROOM) == RoomLeases.Standing.HELD;
        });
        heardBy(2, first);
        first.awaitAppended();

        pipeline.awaitQueueEmpty();
        var ledger = pipeline.judge("cut off, and nobody else came", said, said);
        assertThat(ledger.finals()).isEqualTo(6);
        assertThat(ledger.failed()).isZero();
    }

    @Test
    void aRoomIsHeldByOneAndTakenByTheOtherWhenItIsFree() throws Exception {
        assertThat(second.leases.acquire(Speech.ROOM)).isFalse();
        assertThat(second.leases.isFree(Speech.ROOM)).isFalse();
        assertThat(second.leases.isWanted(Speech.ROOM)).isTrue();
        first.leases.release(Speech.ROOM, false);
        assertThat(second.leases.acquire(Speech.ROOM)).isTrue();
        second.leases.release(Speech.ROOM, true);
        assertThat(first.leases.isFree(Speech.ROOM)).isTrue();
        assertThat(first.leases.isWanted(Speech.ROOM)).isFalse();
        first.leases.want(Speech.ROOM);
        assertThat(second.leases.isWanted(Speech.ROOM)).as("it was refused").isTrue();
    }

    /** The same speech at the same time, for each of them. */
    private void heardBy(int count, Worker... listeners) throws Exception {
        for (int i = 0; i < count; i++) {
            Said next = new Said("p0", said.size() + 1);
            said.add(next);
            Instant began = Instant.now();
            for (Worker listener : listeners) {
                listener.hears(next, began);
            }
            Thread.sleep(20);
        }
    }

    private final class Worker implements AutoCloseable {
        final MeterRegistry metrics = new SimpleMeterRegistry();
        final RoomLeases leases;
        private final String name;
        private final NatsLink nats;
        private final Outbox outbox;

        Worker(String name, String url) throws Exception {
            this.name = name;
            Subjects subjects = pipeline.subjects;
            nats = NatsLink.open(new Delivery.Nats(url, null, 1), folder.resolve("none"), name);
            PipelineOnNats.await(nats::isConnected);
            ExpiringKeys keys = new ExpiringKeys(nats, subjects.bucket());
            leases = new RoomLeases(
                    keys, () -> nats.bucket(subjects.bucket()), name, Clock.systemUTC(), new SimpleMeterRegistry());
            outbox = new Outbox(
                    nats,
                    subjects,
                    new Numbering(keys, Duration.ofHours(1), JsonMapper.shared()),
                    JsonMapper.shared(),
                    folder.resolve(name),
                    1 << 24,
                    metrics);
        }

        void hears(Said what, Instant began) throws Exception {
            assertThat(outbox.accept(leases.stamped(Speech.sealed(what, name, began))))
                    .isTrue();
        }

        void awaitAppended() throws Exception {
            assertThat(outbox.awaitEmpty(Duration.ofMinutes(2))).isTrue();
        }

        @Override
        public void close() {
            outbox.close();
            nats.close();
        }
    }

    private DecodeLoop decodeLoop() {
        MeterRegistry metrics = new SimpleMeterRegistry();
        FakeRecognizer recognizer = Speech.recognizer();
        NatsLink nats = pipeline.nats();
        JsonMapper json = JsonMapper.shared();
        return new DecodeLoop(new DecodeLoop.Parts(
                nats,
                pipeline.subjects,
                json,
                new TranscriptStore(nats, pipeline.subjects, json, Clock.systemUTC()),
                new Speculations(),
                () -> recognizer,
                _ -> new DecodeLoop.Decoding(List.of(), List.of(), 1_000, Duration.ofSeconds(30)),
                new Ledger(metrics),
                Clock.systemUTC(),
                "worker-2",
                metrics,
                (_, _) -> {}));
    }
}
