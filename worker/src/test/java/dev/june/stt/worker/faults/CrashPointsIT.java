package dev.june.stt.worker.faults;

import dev.june.stt.testing.NatsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker is killed again and again, each time at another step of spool, number, append, decode, publish and ack. */
class CrashPointsIT {
    private static final int SAID_EACH_TIME = 5;
    private static final int PARTICIPANTS = 2;

    @TempDir
    Path folder;

    /** Where it dies: by its own hand, or while a message is on the wire. */
    private enum Point {
        BEFORE_SPOOL(SpeakingWorker.Step.BEFORE_SPOOL),
        AFTER_SPOOL(SpeakingWorker.Step.AFTER_SPOOL),
        NUMBER_SENT("\\$KV\\..*\\.participant\\..*", NatsWire.Moment.BEFORE),
        NUMBER_STORED("\\$KV\\..*\\.participant\\..*", NatsWire.Moment.AFTER),
        APPEND_SENT("stt\\.v1\\..*\\.utterance\\..*", NatsWire.Moment.BEFORE),
        APPEND_STORED("stt\\.v1\\..*\\.utterance\\..*", NatsWire.Moment.AFTER),
        DECODE(SpeakingWorker.Step.DECODE),
        PUBLISH_SENT("stt\\.v1\\..*\\.final\\..*", NatsWire.Moment.BEFORE),
        PUBLISH_STORED("stt\\.v1\\..*\\.final\\..*", NatsWire.Moment.AFTER),
        STORED(SpeakingWorker.Step.STORED),
        ACK_SENT("\\$JS\\.ACK\\..*", NatsWire.Moment.BEFORE),
        ACK_STORED("\\$JS\\.ACK\\..*", NatsWire.Moment.AFTER),
        ANY_MOMENT(SpeakingWorker.Step.NONE);

        private final SpeakingWorker.Step step;
        private final String subjects;
        private final NatsWire.Moment moment;

        Point(SpeakingWorker.Step step) {
            this.step = step;
            this.subjects = "";
            this.moment = NatsWire.Moment.BEFORE;
        }

        Point(String subjects, NatsWire.Moment moment) {
            this.step = SpeakingWorker.Step.NONE;
            this.subjects = subjects;
            this.moment = moment;
        }
    }

    @Test
    void aWorkerThatIsKilledAtAnyStepLosesNothingAndRepeatsNothing() throws Exception {
        Random random = Seeds.random("crash points");
        int points = Seeds.crashPoints();
        try (NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                PipelineOnNats pipeline = new PipelineOnNats(server.url(), 1, Duration.ofMinutes(2), folder);
                NatsWire wire = new NatsWire(server.port())) {
            List<Said> told = new ArrayList<>();
            List<Said> tried = new ArrayList<>();
            int first = 0;
            int reached = 0;
            for (int i = 0; i < points; i++) {
                Point point = Point.values()[i % Point.values().length];
                int nth = 1 + random.nextInt(SAID_EACH_TIME);
                long moment = random.nextLong(1_500);
                try (WorkerProcess worker = start(wire, first, point, nth)) {
                    wire.trap(subject -> subject.matches(point.subjects), nth, point.moment, worker::kill);
                    reached += endOf(worker, point, moment) ? 1 : 0;
                    told.addAll(worker.told());
                    tried.addAll(worker.tried());
                }
                wire.disarm();
                first += SAID_EACH_TIME;
            }
            finish(wire, pipeline, first);
            pipeline.judge("%d crash points, %d of them reached".formatted(points, reached), told, tried);
        }
    }

    /** @return whether it died where it was to die; otherwise it is killed when it has nothing more to say */
    private static boolean endOf(WorkerProcess worker, Point point, long moment) throws InterruptedException {
        if (point == Point.ANY_MOMENT) {
            Thread.sleep(moment);
            worker.kill();
        }
        worker.await("spoken");
        boolean died = worker.awaitEnd(Duration.ofSeconds(point == Point.ANY_MOMENT ? 60 : 10));
        worker.kill();
        worker.awaitEnd(Duration.ofMinutes(1));
        return died;
    }

    private WorkerProcess start(NatsWire wire, int first, Point point, int nth) throws Exception {
        return new WorkerProcess(
                task(wire.url(), first, SAID_EACH_TIME, point.step, nth), folder.resolve("worker.log"));
    }

    /** A last one, that nobody kills, with the same disk: as the container that Kubernetes starts again. */
    private void finish(NatsWire wire, PipelineOnNats pipeline, int first) throws Exception {
        try (WorkerProcess last = new WorkerProcess(
                task(wire.url(), first, 0, SpeakingWorker.Step.NONE, 0), folder.resolve("worker.log"))) {
            pipeline.awaitQueueEmpty();
            last.drain();
            pipeline.awaitQueueEmpty();
        }
    }

    private SpeakingWorker.Task task(String url, int first, int count, SpeakingWorker.Step step, int nth) {
        return new SpeakingWorker.Task(
                url, folder.resolve("spool"), 1 << 24, "worker-1", first, count, PARTICIPANTS, 20, step, nth);
    }
}
