package dev.june.stt.worker.livekit;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Where one track's frames go. Frames come on the library's threads, the end comes from the room's thread; once {@link #end} has
 * returned, the listener hears no more of this track.
 */
final class TrackAudio {
    private final String trackSid;
    private final RoomConnection.Listener listener;

    @GuardedBy("this")
    private boolean ended;

    TrackAudio(String trackSid, RoomConnection.Listener listener) {
        this.trackSid = trackSid;
        this.listener = listener;
    }

    synchronized void deliver(short[] samples) {
        if (!ended) {
            listener.audio(trackSid, samples);
        }
    }

    synchronized void end() {
        ended = true;
    }
}
