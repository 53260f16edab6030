package dev.june.stt.worker.lifecycle;

import com.sun.management.OperatingSystemMXBean;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.worker.room.RoomSupervisor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Ends the process before the memory that the native LiveKit library keeps of each session does: when it is worn, as soon as it has no room;
 * when it is spent, at once. Either way by the drain, so that nothing is lost, and with status 0: Kubernetes starts it again. Called by
 * the reporter's thread.
 */
final class Recycler {
    private static final Logger log = LoggerFactory.getLogger(Recycler.class);

    /** A worker that is short of memory from the start is not helped by starting again. */
    private static final int LEAST_SESSIONS = 50;

    private static final double SPENT_SHARE = 0.92;

    /** Of what is reported: a report is written when it changes. */
    private static final long COARSE_BYTES = 64L << 20;

    private final RoomSupervisor rooms;
    private final Settings settings;
    private final String worker;
    private final Runnable end;
    private final AtomicBoolean ending = new AtomicBoolean();

    /**
     * @param sessions after so many joined rooms a worker is worn; each worker stays up to a fifth below, so that they do not go together
     * @param memoryShare share of its memory limit at which a worker is worn
     */
    @ConfigurationProperties("june.recycle")
    record Settings(
            @DefaultValue("1000") int sessions,
            @DefaultValue("0.8") double memoryShare) {}

    /** How much longer a worker lasts. */
    enum State {
        FRESH,
        WORN,
        SPENT
    }

    /** @param end drains and ends the process; returns at once */
    Recycler(RoomSupervisor rooms, Settings settings, String worker, Runnable end, MeterRegistry metrics) {
        this.rooms = rooms;
        this.settings = settings;
        this.worker = worker;
        this.end = end;
        Gauge.builder("stt_resident_bytes", Recycler::residentBytes)
                .description("Resident memory of the worker, native libraries included")
                .register(metrics);
    }

    /** Looks how worn this worker is, says so, and ends it if it is time. */
    WorkerReport.Wear look() {
        long sessions = rooms.sessionsServed();
        long resident = residentBytes();
        State state = judge(sessions, resident, memoryLimit(), limitOf(worker, settings.sessions()), settings);
        boolean over = state == State.SPENT || state == State.WORN && rooms.activeRooms() == 0;
        if (over && ending.compareAndSet(false, true)) {
            log.info("recycling after {} sessions, with {} MB resident", sessions, resident >> 20);
            end.run();
        }
        return new WorkerReport.Wear(sessions, resident / COARSE_BYTES * COARSE_BYTES, state != State.FRESH);
    }

    /** Pure. A memory limit of 0 is none. */
    static State judge(long sessions, long resident, long memoryLimit, long sessionLimit, Settings settings) {
        if (sessions < Math.min(LEAST_SESSIONS, sessionLimit)) {
            return State.FRESH;
        }
        if (memoryLimit > 0 && resident >= SPENT_SHARE * memoryLimit) {
            return State.SPENT;
        }
        return sessions >= sessionLimit || memoryLimit > 0 && resident >= settings.memoryShare() * memoryLimit
                ? State.WORN
                : State.FRESH;
    }

    /** Between four fifths and all of the limit, by the worker's name. */
    static long limitOf(String worker, int sessions) {
        return (long) sessions - Math.floorMod(worker.hashCode(), Math.max(1, sessions / 5));
    }

    /** The container's if it has one, else the machine's. */
    private static long memoryLimit() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }

    private static long residentBytes() {
        try {
            return MemoryUse.bytes(Files.readAllLines(MemoryUse.STATUS), "VmRSS:");
        } catch (IOException e) {
            return 0; // not Linux: nothing is known
        }
    }
}
