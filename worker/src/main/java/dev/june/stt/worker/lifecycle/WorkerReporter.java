package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.room.RoomSupervisor;
import dev.june.stt.worker.variant.VariantTally;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker does every second: tells LiveKit how loaded it is, renews leases, looks for rooms that nobody listens to, and tells the
 * operator what it runs, when that changes and every ten seconds, and what became of its
 * variants' utterances. Two virtual threads until it is closed, so that a slow LiveKit server does
 * not keep leases from being renewed; then its report is removed.
 */
final class WorkerReporter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WorkerReporter.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int REFRESH_EVERY = 10;
    private static final int TALLY_EVERY = 3;

    private final String worker;
    private final NatsLink nats;
    private final Supplier<KeyValue> bucket;
    private final RoomSupervisor rooms;
    private final Recycler recycler;
    private final LiveConfig config;
    private final VariantTally tally;
    private final JsonMapper json;
    private final Thread thread;
    private final Thread claims;
    private @Nullable WorkerReport written;

    WorkerReporter(
            String worker,
            NatsLink nats,
            Supplier<KeyValue> bucket,
            RoomSupervisor rooms,
            Recycler recycler,
            LiveConfig config,
            VariantTally tally,
            JsonMapper json) {
        this.worker = worker;
        this.nats = nats;
        this.bucket = bucket;
        this.rooms = rooms;
        this.recycler = recycler;
        this.config = config;
        this.tally = tally;
        this.json = json;
        this.thread = Thread.ofVirtual().name("reporter").start(this::run);
        this.claims = Thread.ofVirtual().name("claims").start(this::claim);
    }

    @Override
    public void close() {
        thread.interrupt();
        claims.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
            if (nats.isConnected()) {
                tally.write();
                bucket.get().delete(Keys.worker(worker));
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.info("the worker's report could not be removed ({})", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            for (int second = 0; ; second++) {
                rooms.tick();
                if (nats.isConnected()) {
                    report(second % REFRESH_EVERY == 0);
                    if (second % TALLY_EVERY == 0) {
                        tally.write();
                    }
                }
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void claim() {
        try {
            while (true) {
                Thread.sleep(PERIOD.plusMillis(ThreadLocalRandom.current().nextInt(500))); // workers do not ask in step
                rooms.claimOrphans();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static WorkerReport reportOf(String worker, RoomSupervisor rooms, LiveConfig config, Recycler recycler) {
        return new WorkerReport(
                worker,
                config.current().generation(),
                rooms.isOpen(),
                rooms.activeRooms(),
                rooms.activeParticipants(),
                rooms.load(),
                config.refusal().orElse(null),
                recycler.look());
    }

    private void report(boolean refresh) {
        WorkerReport report = reportOf(worker, rooms, config, recycler);
        if (!refresh && report.equals(written)) {
            return;
        }
        try {
            bucket.get().put(Keys.worker(worker), json.writeValueAsBytes(report));
            written = report;
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("the worker's report is not written ({})", e.toString());
        }
    }
}
