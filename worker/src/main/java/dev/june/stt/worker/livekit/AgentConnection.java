package dev.june.stt.worker.livekit;

/**
 * The registration with a LiveKit server as an agent worker: it is told of rooms that want us and told how loaded we are. Reconnects by
 * itself with backoff until it is closed.
 */
public interface AgentConnection extends AutoCloseable {
    boolean isRegistered();

    /** Tells the server how loaded we are. Sent at once when it changes much, and every 2.5 s anyhow. */
    void report(double load, boolean available);

    /** Says that a job is over. */
    void finished(String jobId, boolean success);

    /** Idempotent. Any thread. */
    @Override
    void close();

    /** A room that was assigned to us. {@code token} lets us join hidden and subscribe-only, under the identity we answered with. */
    record Job(String id, String room, String roomSid, String token) {}

    /** Called on the connection's thread; must answer within a second and not block. */
    interface Listener {
        /** Whether we take one more room, and under which identity; empty refuses. */
        java.util.Optional<String> offered(String jobId, String room);

        void assigned(Job job);

        /** The server wants the job to end. */
        void terminated(String jobId);

        void registrationChanged(boolean registered);
    }
}
