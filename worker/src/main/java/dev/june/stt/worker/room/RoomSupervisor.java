package dev.june.stt.worker.room;

import dev.june.stt.config.LiveKit;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.livekit.AgentConnection;
import dev.june.stt.worker.livekit.JoinOptions;
import dev.june.stt.worker.livekit.LiveKitAccess;
import dev.june.stt.worker.livekit.LiveKitClient;
import dev.june.stt.worker.livekit.LiveKitException;
import dev.june.stt.worker.livekit.LiveKitRooms;
import dev.june.stt.worker.livekit.RoomConnection;
import dev.june.stt.worker.livekit.RoomConnection.LeaveReason;
import dev.june.stt.worker.recognition.Recognizers;
import dev.june.stt.worker.variant.RoomVariants;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes rooms and listens to each on a virtual thread of its own, through joins, lost connections and the room's end. Refuses what does not
 * fit. Rooms come from LiveKit's dispatch, which offers each new one once; those that nobody could take then, and those of a worker that
 * died, are found by looking for open rooms that nobody holds a lease of. Any thread.
 */
public final class RoomSupervisor implements AgentConnection.Listener {
    private static final Logger log = LoggerFactory.getLogger(RoomSupervisor.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final int MAX_JOINS = 8;
    private static final int MAX_REFUSED = 10_000;
    /** Time a track has to emit its last when its room is over. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(30);

    private final SessionParts parts;
    private final SessionMetrics metrics;
    private final LiveKitClient client;
    private final LiveKitRooms server;
    private final RoomLeases leases;
    private final Roster roster;
    private final RoomVariants variants;
    private final Supplier<LiveKitAccess> access;
    private final Supplier<PipelineConfig> config;
    private final DoubleSupplier spoolFill;
    private final BooleanSupplier closed;
    private final Map<String, Listening> rooms = new ConcurrentHashMap<>();
    private volatile @Nullable AgentConnection agent;
    private final Set<String> unheld = new HashSet<>(); // of the thread that claims

    /** Rooms that were offered and refused; noted in the bucket, so that whoever has room later takes them. */
    private final BlockingQueue<String> refused = new ArrayBlockingQueue<>(MAX_REFUSED);

    private volatile boolean draining;

    /** A room that is being joined or listened to. {@code job} is empty if LiveKit did not offer it. */
    private static final class Listening {
        private final String room;
        private final Optional<AgentConnection.Job> job;
        private final Thread thread;
        private volatile @Nullable RoomSession session;
        private volatile @Nullable RoomConnection connection;
        private volatile boolean ending;

        Listening(String room, Optional<AgentConnection.Job> job, Consumer<Listening> run) {
            this.room = room;
            this.job = job;
            this.thread = Thread.ofVirtual().name("room").unstarted(() -> run.accept(this));
        }
    }

    /**
     * @param spoolFill share of the spool that is taken
     * @param closed whether this worker takes no rooms for now, apart from its load
     */
    public RoomSupervisor(
            SessionParts parts,
            MeterRegistry metrics,
            LiveKitClient client,
            LiveKitRooms server,
            ExpiringKeys keys,
            Supplier<KeyValue> bucket,
            Supplier<LiveKitAccess> access,
            Supplier<PipelineConfig> config,
            DoubleSupplier spoolFill,
            BooleanSupplier closed) {
        this.metrics = new SessionMetrics(metrics);
        this.client = client;
        this.server = server;
        this.leases = new RoomLeases(keys, bucket, parts.worker(), parts.clock(), metrics);
        this.roster = new Roster(parts.clock());
        this.variants = new RoomVariants(keys, bucket, config);
        this.parts = parts.sealingThrough(utterance -> parts.sealed().accept(leases.stamped(utterance)));
        this.access = access;
        this.config = config;
        this.spoolFill = spoolFill;
        this.closed = closed;
    }

    /** The registration that offers rooms to this listener. */
    public void serve(AgentConnection connection) {
        agent = connection;
    }

    /** What recurs: tells LiveKit how loaded this worker is, renews leases. To be called every second or so. */
    public void tick() {
        report();
        leases.renew(room -> {
            Listening lost = rooms.get(room);
            if (lost != null) {
                Thread.ofVirtual().start(() -> leave(lost, EndReason.DISCONNECTED));
            }
        });
    }

    /**
     * Takes rooms that are open and that nobody listens to, as many as fit. To be called every second or two. Waits for LiveKit and NATS.
     */
    public void claimOrphans() throws InterruptedException {
        try {
            noteRefused();
            if (!admission().open()) {
                unheld.clear();
                return;
            }
            Set<String> free = new HashSet<>();
            for (LiveKitRooms.OpenRoom room : server.open()) {
                if (room.participants() > 0 && isOurs(room.name()) && leases.isFree(room.name())) {
                    free.add(room.name());
                }
            }
            // Twice in a row, so that a room which LiveKit offers to somebody at this moment is left to them.
            List<String> orphans =
                    new ArrayList<>(free.stream().filter(unheld::contains).toList());
            unheld.clear();
            unheld.addAll(free);
            Collections.shuffle(orphans, ThreadLocalRandom.current()); // others look at the same rooms now
            for (String room : orphans) {
                if (!admission().open()) {
                    return;
                }
                metrics.roomClaimed();
                log.info("a room that nobody listens to is taken");
                begin(new Listening(room, Optional.empty(), this::listen));
            }
        } catch (LiveKitException | IOException | JetStreamApiException | IllegalStateException e) {
            log.debug("whether rooms are left alone is not known now ({})", e.toString());
        }
    }

    private void noteRefused() throws IOException, JetStreamApiException {
        for (String room = refused.peek(); room != null; room = refused.peek()) {
            if (leases.isFree(room)) {
                leases.want(room);
            }
            refused.remove(room);
        }
    }

    private boolean isOurs(String room) throws IOException, JetStreamApiException {
        LiveKit livekit = config.get().spec().livekit();
        return !rooms.containsKey(room)
                && RoomPatterns.of(livekit.rooms()).match(room)
                && (livekit.agentName().isEmpty() || leases.isWanted(room));
    }

    private void report() {
        AgentConnection connection = agent;
        if (connection != null) {
            Admission admission = admission();
            connection.report(admission.load(), admission.open());
        }
    }

    public boolean isOpen() {
        return admission().open();
    }

    public Roster roster() {
        return roster;
    }

    public int activeRooms() {
        return rooms.size();
    }

    public int activeParticipants() {
        return metrics.activeParticipants();
    }

    /** Times that a room was joined since this process began: the native library keeps something of each. */
    public long sessionsServed() {
        return metrics.sessionsServed();
    }

    public WorkerReport.Load load() {
        Admission admission = admission();
        Recognizers recognizers = parts.recognizer();
        return new WorkerReport.Load(
                admission.tracks() + admission.emptyRooms(),
                admission.capacity(),
                Math.round(10 * recognizers.get().states() * recognizers.speed())
                        / 10.0); // coarse: it is reported when it changes
    }

    @Override
    public Optional<String> offered(String jobId, String room) {
        if (!RoomPatterns.of(config.get().spec().livekit().rooms()).match(room) || rooms.containsKey(room)) {
            return Optional.empty();
        }
        Admission admission = admission();
        if (!admission.open()) {
            metrics.roomRefused();
            log.info("a room is refused: {}", admission);
            if (!refused.contains(room)) {
                var _ = refused.offer(room);
            }
            return Optional.empty();
        }
        return Optional.of(identity());
    }

    /** One for each pipeline: whoever joins under it evicts another worker that still believes it owns the room. */
    private String identity() {
        return "stt-" + parts.namespace() + "-" + parts.pipeline();
    }

    @Override
    public void assigned(AgentConnection.Job job) {
        if (draining || !begin(new Listening(job.room(), Optional.of(job), this::listen))) {
            finished(job, false);
        }
    }

    private boolean begin(Listening listening) {
        if (rooms.putIfAbsent(listening.room, listening) != null) {
            return false;
        }
        listening.thread.start();
        report();
        return true;
    }

    @Override
    public void terminated(String jobId) {
        rooms.values().stream()
                .filter(each -> each.job.filter(job -> job.id().equals(jobId)).isPresent())
                .forEach(each -> leave(each, EndReason.DISCONNECTED));
    }

    @Override
    public void registrationChanged(boolean registered) {
        metrics.registered(registered);
        log.info(registered ? "registered with LiveKit" : "not registered with LiveKit");
    }

    /** Takes no more rooms, ends what is being said, waits for it to be sealed, leaves all rooms. */
    public boolean drain(Duration limit) throws InterruptedException {
        draining = true;
        report();
        long end = System.nanoTime() + limit.toNanos();
        List<Listening> left = List.copyOf(rooms.values());
        left.forEach(
                each -> Thread.ofVirtual().start(() -> leave(each, EndReason.DRAIN))); // each waits for the library
        boolean all = true;
        for (Listening each : left) {
            all &= each.thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
        return all;
    }

    private Admission admission() {
        int tracks = metrics.activeTracks();
        int empty = Math.max(0, rooms.size() - tracks);
        return new Admission(
                rooms.size(),
                tracks,
                empty,
                config.get().spec().limits().maxRoomsPerWorker(),
                Admission.capacity(
                        parts.recognizer().get().states(), parts.recognizer().speed()),
                spoolFill.getAsDouble(),
                draining || closed.getAsBoolean());
    }

    /** The life of one room, on its thread. */
    private void listen(Listening listening) {
        metrics.room(1);
        boolean success = false;
        boolean over = false;
        try {
            if (!leases.acquire(listening.room)) {
                log.info("a room is left to the worker that holds its lease");
                return;
            }
            SessionParts treated = parts.inVariant(variants.of(listening.room), config);
            Duration wait = FIRST_WAIT;
            for (int join = 1; join <= MAX_JOINS && !listening.ending; join++) {
                metrics.joining(join);
                LeaveReason reason = joinAndListen(listening, treated);
                over = reason == LeaveReason.ROOM_CLOSED || reason == LeaveReason.REMOVED;
                success = over || reason == LeaveReason.CLOSED;
                if (!isToBeJoinedAgain(reason, leases.standing(listening.room))) {
                    return;
                }
                Thread.sleep(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the edge of this room's thread: the others go on
            log.error("a room is given up because of a defect", e);
        } finally {
            if (over) {
                variants.forget(listening.room);
            }
            leases.release(listening.room, over);
            rooms.remove(listening.room, listening);
            metrics.room(-1);
            boolean done = success;
            listening.job.ifPresent(job -> finished(job, done));
            report();
        }
    }

    /**
     * Pure. A worker that lost its lease does not disturb the new owner, and an owner that was evicted by one comes back. Who cannot know,
     * because NATS is away, goes on with a lost connection, but gives way to whoever evicts it.
     */
    static boolean isToBeJoinedAgain(LeaveReason reason, RoomLeases.Standing standing) {
        return switch (reason) {
            case CONNECTION_LOST -> standing != RoomLeases.Standing.LOST;
            case EVICTED -> standing == RoomLeases.Standing.HELD;
            case ROOM_CLOSED, REMOVED, CLOSED -> false;
        };
    }

    private LeaveReason joinAndListen(Listening listening, SessionParts treated) throws InterruptedException {
        String room = listening.room;
        CompletableFuture<LeaveReason> over = new CompletableFuture<>();
        RoomSession session = new RoomSession(room, config.get().spec().limits(), treated, metrics, over::complete);
        listening.session = session;
        roster.add(session);
        LeaveReason reason;
        try (RoomConnection connection =
                client.join(access.get().url(), server.listenerToken(room, identity()), session, JoinOptions.DEFAULT)) {
            listening.connection = connection;
            metrics.sessionServed();
            if (listening.ending) {
                connection.close();
            }
            reason = over.get();
        } catch (LiveKitException e) {
            metrics.joinFailed(e.reason());
            log.warn("a room could not be joined: {} ({})", e.reason(), e.getMessage());
            reason = e.reason() == LiveKitException.Reason.REFUSED ? LeaveReason.REMOVED : LeaveReason.CONNECTION_LOST;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            listening.connection = null;
        }
        if (!session.awaitTracks(LAST_WORDS)) {
            log.error("tracks of a room that is over still hold utterances after {}", LAST_WORDS);
        }
        roster.remove(session);
        log.info("left a room: {}", reason);
        return reason;
    }

    /** Ends what is being said and leaves; the room's thread does the rest. */
    private static void leave(Listening listening, EndReason reason) {
        listening.ending = true;
        RoomSession session = listening.session;
        if (session != null) {
            session.endAll(reason);
        }
        RoomConnection connection = listening.connection;
        if (connection != null) {
            connection.close();
        }
    }

    private void finished(AgentConnection.Job job, boolean success) {
        AgentConnection connection = agent;
        if (connection != null) {
            connection.finished(job.id(), success);
        }
    }
}
