package dev.june.stt.worker.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.NatsCluster;
import dev.june.stt.testing.NatsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NATS is killed, cut off, or loses its leader, while a worker goes on hearing people. */
class NatsFaultsIT {
    private static final Duration MINUTES = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    @Test
    void aServerThatIsKilledUnderTwoHundredFinalsASecondCostsNothing() throws Exception {
        Random random = Seeds.random("server killed");
        int seconds = Seeds.isLong() ? 30 : 8;
        int kills = Seeds.isLong() ? 10 : 3;
        try (NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                PipelineOnNats pipeline = new PipelineOnNats(server.url(), 1, MINUTES, folder);
                WorkerProcess worker = worker(server.url(), seconds * 200, 5)) {
            for (int kill = 0; kill < kills; kill++) {
                Thread.sleep(random.nextLong(Math.max(1, seconds * 1_000L / kills)));
                server.kill();
                Thread.sleep(random.nextLong(500));
                server.restart();
            }
            finish(worker, pipeline);
            var ledger = pipeline.judge(kills + " server kills, 200 FINALs a second", worker.told(), worker.tried());
            assertThat(ledger.finals()).isEqualTo(seconds * 200);
        }
    }

    @Test
    void anOutageThatIsLongerThanTheDuplicateWindowRepeatsNothing() throws Exception {
        Random random = Seeds.random("outage");
        Duration window = Duration.ofSeconds(1);
        int outages = Seeds.isLong() ? 8 : 3;
        try (NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                PipelineOnNats pipeline = new PipelineOnNats(server.url(), 1, window, folder);
                NatsWire wire = new NatsWire(server.port());
                WorkerProcess worker = worker(wire.url(), outages * 200, 20)) {
            for (int outage = 0; outage < outages; outage++) {
                Thread.sleep(500 + random.nextLong(1_000));
                // The last message gets through, the answer does not: the worst moment.
                String subjects = outage % 2 == 0 ? "stt\\.v1\\..*\\.utterance\\..*" : "stt\\.v1\\..*\\.final\\..*";
                wire.trap(
                        subject -> subject.matches(subjects), 1 + random.nextInt(10), NatsWire.Moment.AFTER, wire::cut);
                Thread.sleep(2_000 + random.nextLong(1_500));
                wire.disarm();
                wire.cut();
                Thread.sleep(window.multipliedBy(2));
                wire.mend();
            }
            finish(worker, pipeline);
            var ledger = pipeline.judge(outages + " outages, each twice the window", worker.told(), worker.tried());
            assertThat(ledger.finals()).isEqualTo(outages * 200);
        }
    }

    @Test
    void aClusterThatLosesItsLeadersCostsNothing() throws Exception {
        Random random = Seeds.random("cluster");
        int kills = Seeds.isLong() ? 9 : 2;
        try (NatsCluster cluster = new NatsCluster(Files.createDirectories(folder.resolve("cluster")));
                PipelineOnNats pipeline = new PipelineOnNats(cluster.url(), 3, MINUTES, folder);
                WorkerProcess worker = worker(cluster.url(), kills * 200, 20)) {
            for (int kill = 0; kill < kills; kill++) {
                Thread.sleep(500 + random.nextLong(2_000));
                String stream =
                        kill % 2 == 0 ? pipeline.subjects.transcriptsStream() : pipeline.subjects.utterancesStream();
                NatsServer leader = cluster.node(pipeline.leaderOf(stream));
                leader.kill();
                Thread.sleep(1_000 + random.nextLong(2_000));
                leader.restart();
            }
            finish(worker, pipeline);
            var ledger = pipeline.judge(kills + " leader kills of three servers", worker.told(), worker.tried());
            assertThat(ledger.finals()).isEqualTo(kills * 200);
        }
    }

    private static void finish(WorkerProcess worker, PipelineOnNats pipeline) throws Exception {
        assertThat(worker.await("spoken")).as("the worker lives").isTrue();
        pipeline.awaitQueueEmpty(); // what was stored and not acked is given out once more, to somebody who is there
        worker.drain();
    }

    private WorkerProcess worker(String url, int count, int everyMillis) throws Exception {
        return new WorkerProcess(
                new SpeakingWorker.Task(
                        url,
                        folder.resolve("spool"),
                        1 << 26,
                        "worker-1",
                        0,
                        count,
                        8,
                        everyMillis,
                        SpeakingWorker.Step.NONE,
                        0),
                folder.resolve("worker.log"));
    }
}
