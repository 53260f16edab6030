package dev.june.stt.worker.livekit;

/**
 * One room, joined hidden and subscribe-only. Made by {@code LiveKitClient.join}; what happens in it is told to a {@link Listener}.
 * Audio is mono signed 16-bit PCM at 16 kHz.
 */
public interface RoomConnection extends AutoCloseable {
    String room();

    /** Leaves the room, waits for the native library to say so (10 s at most) and frees every handle. Idempotent. Any thread. */
    @Override
    void close();

    /** An audio track. The handles behind it change with a full reconnect, the sid does not. */
    record Track(String sid, String participantIdentity, String participantSid, boolean muted) {}

    /**
     * Told what happens. All but {@link #audio} is called on the connection's own thread, in order; nothing may block. After
     * {@link #left} nothing is called any more.
     */
    interface Listener {
        /** A track can be heard from now on; again after a full reconnect, then preceded by {@link #trackEnded}. */
        void trackStarted(Track track);

        /** A block of samples, about 20 ms; the array is the listener's. Called on a thread of the native library. */
        void audio(String trackSid, short[] samples);

        void trackMuted(String trackSid);

        void trackUnmuted(String trackSid);

        /** It was unpublished, unsubscribed, or its connection was replaced. */
        void trackEnded(String trackSid);

        /** A participant left; its tracks have ended before this. */
        void participantLeft(String identity);

        /** An encrypted track that cannot be heard without a key. It is not subscribed to. */
        void trackRefused(Track track, String reason);

        /** The native library is trying to get back; audio may be missing. */
        void reconnecting();

        void reconnected();

        /** The connection is over: the room closed, we were evicted, or the library gave up. */
        void left(LeaveReason reason);
    }

    /** Why a connection is over. */
    enum LeaveReason {
        /** We called close. */
        CLOSED,
        /** The last participant left or somebody deleted the room. */
        ROOM_CLOSED,
        /** Somebody joined with our identity: another worker owns the room now. */
        EVICTED,
        /** The library gave up reconnecting. Worth joining again. */
        CONNECTION_LOST
    }
}
