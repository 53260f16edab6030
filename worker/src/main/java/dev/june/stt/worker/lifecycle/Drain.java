package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.dispatch.WebhookDispatcher;
import dev.june.stt.worker.livekit.AgentConnection;
import dev.june.stt.worker.room.RoomSupervisor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Stops the worker in order: no new rooms, end what is being said, append it, finish decodes and posts, leave. Within the drain timeout; what is
 * left then is counted and said, and is not lost: it is on the spool or in the stream. The recognizer and the connections are closed last.
 */
final class Drain implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    private static final Duration PROGRESS = Duration.ofSeconds(5);

    private final RoomSupervisor rooms;
    private final AgentConnection agent;
    private final Outbox outbox;
    private final DecodeLoop decodes;
    private final WebhookDispatcher webhook;
    private final WorkerReporter reporter;
    private final LoadedRecognizer recognizer;
    private final NatsLink nats;
    private final Duration limit;
    private final Path terminationMessage;
    private volatile boolean running;
    private volatile Step step = Step.NOT_BEGUN;

    /** In this order. */
    private enum Step {
        NOT_BEGUN(0),
        ROOMS(1),
        APPENDING(2),
        DECODES(3),
        POSTS(4),
        OVER(5);

        private final int number;

        Step(int number) {
            this.number = number;
        }
    }

    Drain(
            RoomSupervisor rooms,
            AgentConnection agent,
            Outbox outbox,
            DecodeLoop decodes,
            WebhookDispatcher webhook,
            WorkerReporter reporter,
            LoadedRecognizer recognizer,
            NatsLink nats,
            WorkerSettings settings,
            MeterRegistry metrics) {
        this.rooms = rooms;
        this.agent = agent;
        this.outbox = outbox;
        this.decodes = decodes;
        this.webhook = webhook;
        this.reporter = reporter;
        this.recognizer = recognizer;
        this.nats = nats;
        this.limit = settings.drain().timeout();
        this.terminationMessage = settings.terminationMessage();
        Gauge.builder("stt_drain_step", this, drain -> drain.step.number)
                .description("Of the drain: 0 not begun, 1 rooms, 2 appending, 3 decodes, 4 posts, 5 over")
                .register(metrics);
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before the web server stops, so that the probes see what goes on. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void stop() {
        long end = System.nanoTime() + limit.toNanos();
        List<String> left = new ArrayList<>();
        Thread progress = Thread.ofVirtual().name("drain-progress").start(this::tell);
        try {
            step = Step.ROOMS;
            log.info("draining: no new rooms, {} to leave", rooms.activeRooms());
            if (!rooms.drain(remaining(end))) {
                left.add(rooms.activeRooms() + " rooms still held utterances");
            }
            agent.close();
            step = Step.APPENDING;
            log.info("draining: rooms left, {} utterances to append", outbox.waiting());
            if (!outbox.awaitEmpty(remaining(end))) {
                left.add(outbox.waiting() + " utterances are on the spool alone");
            }
            step = Step.DECODES;
            log.info("draining: finishing decodes");
            if (!decodes.drain(remaining(end))) {
                left.add("decodes were not finished; other workers get their utterances");
            }
            step = Step.POSTS;
            log.info("draining: finishing what is being posted");
            if (!webhook.drain(remaining(end))) {
                left.add("some posts to the webhook were not answered; other workers repeat them");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            left.add("the drain was interrupted");
        } finally {
            step = Step.OVER;
            progress.interrupt();
            reporter.close();
            decodes.close();
            webhook.close();
            outbox.close();
            recognizer.close();
            nats.close();
            running = false;
        }
        if (left.isEmpty()) {
            log.info("drained: nothing is left");
        } else {
            log.warn("drained, but {}", String.join("; ", left));
            TerminationLog.write(terminationMessage, "DrainIncomplete", String.join("; ", left));
        }
    }

    /** Says every few seconds how far it is, so that a drain that takes long is not silence. */
    private void tell() {
        try {
            while (true) {
                Thread.sleep(PROGRESS);
                log.info(
                        "draining: {}, {} rooms, {} utterances to append", step, rooms.activeRooms(), outbox.waiting());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it is over
        }
    }

    private static Duration remaining(long end) {
        return Duration.ofNanos(Math.max(1, end - System.nanoTime()));
    }
}
