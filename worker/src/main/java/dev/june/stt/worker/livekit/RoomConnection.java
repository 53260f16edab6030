package dev.june.stt.worker.livekit;

/**
 * One room, joined hidden and subscribe-only. Made by {@link LiveKitClient#join}; what happens in it is told to a {@link Listener}.
 * Audio is mono signed 16-bit PCM at 16 kHz.
 *
 * <p>Listened to are the audio tracks of people, however they come: WebRTC, SIP, ingress, connectors, bridges. Participants of kind
 * agent and egress are passed over: they are machines like us, and what a voice agent says is known as text where it is made.
 */
public interface RoomConnection extends AutoCloseable {
    String room();

    /**
     * Leaves the room, waits for the native library to say so (10 s at most) and frees every handle; {@link Listener#left} has
     * been called when this returns. From within the listener it only starts to leave. Idempotent. Any thread.
     */
    @Override
    void close();

    /** An audio track. The handles behind it change with a full reconnect, the sid does not. */
    record Track(String sid, String participantIdentity, String participantSid, boolean muted) {}

    /**
     * Told what happens, from before {@code join} returns. All but {@link #audio} is called on the room's own thread, in order;
     * nothing may block. After {@link #left} nothing is called any more. An exception is logged and counted; the room goes on.
     *
     * <p>A full reconnect looks like everybody leaving and coming back: {@code trackEnded}, {@code participantLeft}, {@code
     * reconnecting}, {@code reconnected}, {@code trackStarted} with the same track sid. So a track sid that ended may start again, in
     * the same connection or in the next one, and what counts within a track must go on where it was.
     */
    interface Listener {
        /** A track can be heard from now on; again after a full reconnect, then preceded by {@link #trackEnded}. */
        void trackStarted(Track track);

        /**
         * A block of 20 ms; the array is the listener's. Called on a thread of the native library that all rooms share, only
         * between {@link #trackStarted} and {@link #trackEnded} of its track. A muted track gives zeros at the same pace.
         */
        void audio(String trackSid, short[] samples);

        void trackMuted(String trackSid);

        void trackUnmuted(String trackSid);

        /** It was unpublished, unsubscribed, or its connection was replaced. */
        void trackEnded(String trackSid);

        /** A participant left; its tracks have ended before this. */
        void participantLeft(String identity);

        /** A track that is not listened to: encrypted, so that we would hear noise, or the server does not let us subscribe. */
        void trackRefused(Track track, String reason);

        /** The native library is trying to get back; audio may be missing. */
        void reconnecting();

        void reconnected();

        /** The connection is over; its tracks have ended before this. */
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
        /** Somebody removed us through the server's API. Joining again would be against their will. */
        REMOVED,
        /** The server shut down, or the library gave up reconnecting. Worth joining again. */
        CONNECTION_LOST
    }
}
