package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.AgentSocket.Event;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import livekit.LivekitAgent.AvailabilityRequest;
import livekit.LivekitAgent.AvailabilityResponse;
import livekit.LivekitAgent.JobAssignment;
import livekit.LivekitAgent.JobStatus;
import livekit.LivekitAgent.JobType;
import livekit.LivekitAgent.RegisterWorkerRequest;
import livekit.LivekitAgent.ServerMessage;
import livekit.LivekitAgent.UpdateJobStatus;
import livekit.LivekitAgent.UpdateWorkerStatus;
import livekit.LivekitAgent.WorkerMessage;
import livekit.LivekitAgent.WorkerPing;
import livekit.LivekitAgent.WorkerStatus;
import livekit.LivekitModels.ParticipantPermission;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent-worker protocol over a WebSocket. One virtual thread owns the connection: it connects, registers, answers, reports and
 * pings, and when the connection is lost or silent it starts again after a growing pause, for ever. The server forgets a lost
 * worker's jobs and hands them to nobody; they go on here, and who else may want those rooms is not this class's affair.
 */
public final class LiveKitAgentConnection implements AgentConnection {
    private static final Logger LOG = LoggerFactory.getLogger(LiveKitAgentConnection.class);
    private static final Duration STATUS_INTERVAL = Duration.ofMillis(2_500);
    private static final Duration PING_INTERVAL = Duration.ofSeconds(10);
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(30);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final double BIG_CHANGE = 0.1;

    private record Load(double load, boolean available) {
        boolean differsMuchFrom(Load other) {
            return available != other.available || Math.abs(load - other.load) >= BIG_CHANGE;
        }
    }

    private final HttpClient http;
    private final Supplier<LiveKitAccess> access;
    private final String agentName;
    private final String version;
    private final Listener listener;
    private final AccessTokens tokens = new AccessTokens(InstantSource.system());
    private final Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, RandomGenerator.getDefault());
    private final Set<String> jobs = ConcurrentHashMap.newKeySet(); // as many as the listener takes rooms
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread owner;

    private volatile @Nullable AgentSocket socket;
    private volatile boolean registered;
    private volatile Load load = new Load(0, true);
    private volatile Load reported = load;

    private LiveKitAgentConnection(
            HttpClient http, Supplier<LiveKitAccess> access, String agentName, String version, Listener listener) {
        this.http = http;
        this.access = access;
        this.agentName = agentName;
        this.version = version;
        this.listener = listener;
        this.owner = Thread.ofVirtual().name("livekit-agent").unstarted(this::run);
    }

    /**
     * @param access asked at every connect, so that a rotated key is taken up
     * @param agentName empty: every new room is offered; else only rooms that ask for this name
     */
    public static LiveKitAgentConnection open(
            HttpClient http, Supplier<LiveKitAccess> access, String agentName, String version, Listener listener) {
        LiveKitAgentConnection connection = new LiveKitAgentConnection(http, access, agentName, version, listener);
        connection.owner.start();
        return connection;
    }

    @Override
    public boolean isRegistered() {
        return registered;
    }

    @Override
    public void report(double load, boolean available) {
        this.load = new Load(load, available);
        if (this.load.differsMuchFrom(reported)) {
            tell(new Event.LoadChanged());
        }
    }

    @Override
    public void finished(String jobId, boolean success) {
        jobs.remove(jobId);
        tell(new Event.JobFinished(jobId, success));
    }

    @Override
    public void close() {
        closing.countDown();
        tell(new Event.Closing());
        if (Thread.currentThread() != owner) {
            try {
                owner.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Without a connection there is nobody to tell, and the server has forgotten our jobs. */
    private void tell(Event event) {
        AgentSocket open = socket;
        if (open != null) {
            open.offer(event);
        }
    }

    // ---- the connection's thread
    // ---------------------------------------------------------------------------------------------

    private void run() {
        try {
            do {
                connection();
            } while (!closing.await(backoff.next().toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void connection() throws InterruptedException {
        LiveKitAccess server = access.get();
        try (AgentSocket open = new AgentSocket(http, server.url(), tokens.worker(server))) {
            socket = open;
            open.send(registration());
            String why = talk(open);
            LOG.info("the connection to LiveKit's agent service is over; reason={}", why);
        } catch (WebSocketHandshakeException e) {
            LOG.warn(
                    "LiveKit refuses us as an agent worker; url={} status={}",
                    server.url(),
                    e.getResponse().statusCode());
        } catch (IOException e) {
            LOG.warn("no connection to LiveKit's agent service; url={} reason={}", server.url(), e.toString());
        } catch (RuntimeException e) {
            LOG.error("the connection to LiveKit's agent service failed; url={}", server.url(), e);
        } finally {
            socket = null;
            setRegistered(false);
        }
    }

    /** Until the connection is over; says why. */
    private String talk(AgentSocket open) throws IOException, InterruptedException {
        long heard = System.nanoTime();
        long pinged = heard;
        long told = heard;
        while (closing.getCount() > 0) {
            long due = Math.min(told + STATUS_INTERVAL.toNanos(), pinged + PING_INTERVAL.toNanos());
            Optional<Event> event = open.poll(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
            boolean statusWanted = false;
            switch (event.orElse(null)) {
                case null -> {}
                case Event.Received(var message) -> {
                    heard = System.nanoTime();
                    statusWanted = handle(open, message);
                }
                case Event.LoadChanged() -> statusWanted = load.differsMuchFrom(reported);
                case Event.JobFinished(var jobId, var success) -> {
                    open.send(jobStatus(jobId, success ? JobStatus.JS_SUCCESS : JobStatus.JS_FAILED));
                    statusWanted = true;
                }
                case Event.Lost(var why) -> {
                    return why;
                }
                case Event.Closing() -> {}
            }
            long now = System.nanoTime();
            if (now - heard > SILENCE_LIMIT.toNanos()) {
                return "the server has been silent for " + SILENCE_LIMIT;
            }
            if (registered && (statusWanted || now - told >= STATUS_INTERVAL.toNanos())) {
                open.send(status());
                told = now;
            } else if (!registered) {
                told = now;
            }
            if (now - pinged >= PING_INTERVAL.toNanos()) {
                open.send(ping());
                pinged = now;
            }
        }
        return "closed by us";
    }

    /** True if the server should hear at once how loaded we are. */
    private boolean handle(AgentSocket open, ServerMessage message) throws IOException, InterruptedException {
        switch (message.getMessageCase()) {
            case REGISTER -> {
                LOG.info(
                        "registered with LiveKit; worker={} server={}",
                        message.getRegister().getWorkerId(),
                        message.getRegister().getServerInfo().getVersion());
                backoff.reset();
                setRegistered(true);
                return true;
            }
            case AVAILABILITY -> open.send(answer(message.getAvailability()));
            case ASSIGNMENT -> {
                JobAssignment assignment = message.getAssignment();
                String jobId = assignment.getJob().getId();
                jobs.add(jobId);
                open.send(jobStatus(jobId, JobStatus.JS_RUNNING));
                tellListener(() -> listener.assigned(new Job(
                        jobId,
                        assignment.getJob().getRoom().getName(),
                        assignment.getJob().getRoom().getSid(),
                        assignment.getToken())));
                return true;
            }
            case TERMINATION ->
                tellListener(() -> listener.terminated(message.getTermination().getJobId()));
            case PONG, MESSAGE_NOT_SET -> {}
        }
        return false;
    }

    private WorkerMessage answer(AvailabilityRequest request) {
        String jobId = request.getJob().getId();
        AvailabilityResponse.Builder response =
                AvailabilityResponse.newBuilder().setJobId(jobId);
        try {
            listener.offered(jobId, request.getJob().getRoom().getName())
                    .ifPresent(identity -> response.setAvailable(true)
                            .setParticipantIdentity(identity)
                            .setParticipantName(identity));
        } catch (RuntimeException e) {
            LOG.error("a job's offer failed, it is refused; job={}", jobId, e);
        }
        return WorkerMessage.newBuilder().setAvailability(response).build();
    }

    private WorkerMessage registration() {
        return WorkerMessage.newBuilder()
                .setRegister(RegisterWorkerRequest.newBuilder()
                        .setType(JobType.JT_ROOM)
                        .setAgentName(agentName)
                        .setVersion(version)
                        .setPingInterval((int) PING_INTERVAL.toSeconds())
                        .setAllowedPermissions(ParticipantPermission.newBuilder()
                                .setCanSubscribe(true)
                                .setHidden(true)))
                .build();
    }

    private WorkerMessage status() {
        reported = load;
        return WorkerMessage.newBuilder()
                .setUpdateWorker(UpdateWorkerStatus.newBuilder()
                        .setStatus(reported.available ? WorkerStatus.WS_AVAILABLE : WorkerStatus.WS_FULL)
                        .setLoad((float) reported.load)
                        .setJobCount(jobs.size()))
                .build();
    }

    private static WorkerMessage jobStatus(String jobId, JobStatus status) {
        return WorkerMessage.newBuilder()
                .setUpdateJob(UpdateJobStatus.newBuilder().setJobId(jobId).setStatus(status))
                .build();
    }

    private static WorkerMessage ping() {
        return WorkerMessage.newBuilder()
                .setPing(WorkerPing.newBuilder().setTimestamp(System.currentTimeMillis()))
                .build();
    }

    private void setRegistered(boolean now) {
        if (registered != now) {
            registered = now;
            tellListener(() -> listener.registrationChanged(now));
        }
    }

    private static void tellListener(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException e) {
            LOG.error("news from LiveKit's agent service failed", e);
        }
    }
}
