package dev.june.stt.worker.livekit;

import java.util.Optional;

/**
 * The registration with a LiveKit server as an agent worker: it is told of rooms that want us and told how loaded we are. Reconnects by
 * itself with backoff until it is closed. The server forgets our jobs when the connection is lost and offers them to nobody.
 */
public interface AgentConnection extends AutoCloseable {
    boolean isRegistered();

    /**
     * Tells the server how loaded we are, from 0 to 1. Sent at once when it changes much, and every 2.5 s anyhow. A server gives
     * nothing to a worker at or above its target load, 0.7 unless set otherwise, nor to one that is not available.
     */
    void report(double load, boolean available);

    /** Says that a job is over. */
    void finished(String jobId, boolean success);

    /** Closes the connection, 20 s at most. Idempotent. Any thread. */
    @Override
    void close();

    /** A room that was assigned to us. {@code token} lets us join hidden and subscribe-only, under the identity we answered with. */
    record Job(String id, String room, String roomSid, String token) {}

    /** Called on the connection's thread; must answer within a second and not block. */
    interface Listener {
        /** Whether we take one more room, and under which identity; empty refuses. */
        Optional<String> offered(String jobId, String room);

        /** The job counts as running from here until {@link AgentConnection#finished}. */
        void assigned(Job job);

        /** The server wants the job to end. */
        void terminated(String jobId);

        void registrationChanged(boolean registered);
    }
}
