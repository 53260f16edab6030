package dev.june.stt.worker.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.june.stt.testing.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NATS is away and the spool fills up: by its own bound, and because the disk has no more room. */
class FullDiskIT {
    private static final int SAID = 400;

    @TempDir
    Path folder;

    @Test
    void aSpoolThatIsFullRefusesUntilThereIsRoomAgain() throws Exception {
        refusesAndThenTakesAll("spool full", Files.createDirectories(folder.resolve("spool")), 100_000);
    }

    @Test
    void aDiskThatIsFullRefusesUntilThereIsRoomAgain() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk.toString()),
                "a small file system can be mounted by root only");
        try {
            refusesAndThenTakesAll("disk full", disk, 1 << 26);
        } finally {
            run("umount", "--lazy", disk.toString());
        }
    }

    private void refusesAndThenTakesAll(String description, Path spool, long spoolBytes) throws Exception {
        try (NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                PipelineOnNats pipeline =
                        new PipelineOnNats(server.url(), 1, Duration.ofMinutes(2), folder.resolve("none"));
                NatsWire wire = new NatsWire(server.port())) {
            wire.trap(subject -> subject.startsWith("$KV."), 1, NatsWire.Moment.BEFORE, wire::cut);
            try (WorkerProcess worker = worker(wire.url(), spool, spoolBytes)) {
                assertThat(worker.await("refused"))
                        .as("the worker is refused and lives")
                        .isTrue();
                double fill = Double.parseDouble(worker.line("refused").substring("refused ".length()));
                assertThat(fill)
                        .as("admission is closed, which it is from 0.8 on")
                        .isGreaterThan(0.8);
                PipelineOnNats.await(wire::isCut); // the spool may be full before the first number is drawn
                wire.mend();
                assertThat(worker.await("spoken")).isTrue();
                pipeline.awaitQueueEmpty();
                worker.drain();
                var ledger = pipeline.judge(description, worker.told(), worker.tried());
                assertThat(ledger.finals()).isEqualTo(SAID);
            }
        }
    }

    private WorkerProcess worker(String url, Path spool, long spoolBytes) throws IOException {
        return new WorkerProcess(
                new SpeakingWorker.Task(url, spool, spoolBytes, "worker-1", 0, SAID, 4, 1, SpeakingWorker.Step.NONE, 0),
                folder.resolve("worker.log"));
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
