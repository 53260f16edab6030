package dev.june.stt.worker.faults;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.june.stt.config.Delivery;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.recognition.FakeRecognizer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * A process with the delivery of a real worker and speech that it makes up itself. It tells its parent on the standard output what it tries
 * to hand over and what was taken over, and dies where it is told to. On {@code drain} from the standard input it finishes and leaves.
 */
public final class SpeakingWorker {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** Where it kills itself; everywhere else the parent does. */
    public enum Step {
        NONE,
        BEFORE_SPOOL,
        AFTER_SPOOL,
        DECODE,
        STORED
    }

    /**
     * What it is to do.
     *
     * @param first number of the first thing it says
     * @param step where it dies, when it comes there the {@code nth} time
     */
    public record Task(
            String url,
            Path spool,
            long spoolBytes,
            String name,
            int first,
            int count,
            int participants,
            int everyMillis,
            Step step,
            int nth) {}

    private final Task task;
    private final AtomicInteger passed = new AtomicInteger();

    private SpeakingWorker(Task task) {
        this.task = task;
    }

    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        new SpeakingWorker(JsonMapper.shared().readValue(arguments[0], Task.class)).run();
    }

    private void run() throws IOException, InterruptedException {
        Subjects subjects = new Subjects(Speech.NAMESPACE, Speech.PIPELINE);
        JsonMapper json = JsonMapper.shared();
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        NatsLink nats = NatsLink.open(
                new Delivery.Nats(task.url(), null, 1), task.spool().resolve("none"), task.name());
        Numbering numbering = new Numbering(new ExpiringKeys(nats, subjects.bucket()), Duration.ofHours(1), json);
        Outbox outbox = new Outbox(nats, subjects, numbering, json, task.spool(), task.spoolBytes(), metrics);
        FakeRecognizer recognizer = new FakeRecognizer(request -> {
            dieAt(Step.DECODE);
            return Speech.understood(request);
        });
        DecodeLoop decodes = new DecodeLoop(new DecodeLoop.Parts(
                nats,
                subjects,
                json,
                new TranscriptStore(nats, subjects, json, Clock.systemUTC()),
                new Speculations(),
                () -> recognizer,
                _ -> new DecodeLoop.Decoding(List.of(), List.of(), 1_000, PipelineOnNats.ACK_WAIT),
                new Ledger(metrics),
                Clock.systemUTC(),
                task.name(),
                metrics,
                (_, _) -> dieAt(Step.STORED)));
        outbox.serve(decodes);
        speak(outbox);
        tell("spoken");
        var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            boolean all = outbox.awaitEmpty(LIMIT) && decodes.drain(LIMIT);
            tell(all ? "drained" : "left");
            decodes.close();
            outbox.close();
            nats.close();
            Runtime.getRuntime().halt(0);
        }
        Runtime.getRuntime().halt(1); // the parent is gone
    }

    private void speak(Outbox outbox) throws InterruptedException {
        long next = System.nanoTime();
        for (int number = task.first(); number < task.first() + task.count(); number++) {
            Said said = new Said("p" + number % task.participants(), number);
            tell("trying " + number);
            dieAt(Step.BEFORE_SPOOL);
            var sealed = Speech.sealed(said, task.name(), Instant.now());
            for (boolean refused = false; !accepted(outbox, sealed); refused = true) {
                if (!refused) {
                    tell("refused " + outbox.fill());
                }
                Thread.sleep(50);
            }
            dieAt(Step.AFTER_SPOOL);
            tell("told " + number);
            next += Duration.ofMillis(task.everyMillis()).toNanos();
            Thread.sleep(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
        }
    }

    private static boolean accepted(Outbox outbox, dev.june.stt.worker.delivery.SealedUtterance sealed) {
        try {
            return outbox.accept(sealed);
        } catch (IOException e) {
            return false; // the disk is full: as a track does, it waits and asks again
        }
    }

    private void dieAt(Step step) {
        if (task.step() == step && passed.incrementAndGet() == task.nth()) {
            Runtime.getRuntime().halt(137);
        }
    }

    /** A line of its own at once, whole. */
    private static void tell(String what) {
        System.out.println("@" + what);
    }
}
