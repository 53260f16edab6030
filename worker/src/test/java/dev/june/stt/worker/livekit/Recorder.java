package dev.june.stt.worker.livekit;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** For tests: writes down what a room's listener is told, events as words, audio per track. */
class Recorder implements RoomConnection.Listener {
    /** Much longer than anything takes; only a failure waits for it. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    final List<String> events = new CopyOnWriteArrayList<>();
    private final Map<String, RoomConnection.Track> tracks = new ConcurrentHashMap<>();
    private final Map<String, Recording> audio = new ConcurrentHashMap<>();

    /** The samples of one track, and how many frames brought them. */
    static final class Recording {
        private short[] samples = new short[16_000];
        private int length;
        private int frames;

        private synchronized void add(short[] more) {
            while (length + more.length > samples.length) {
                samples = Arrays.copyOf(samples, samples.length * 2);
            }
            System.arraycopy(more, 0, samples, length, more.length);
            length += more.length;
            frames++;
        }

        synchronized short[] samples() {
            return Arrays.copyOf(samples, length);
        }

        synchronized int frames() {
            return frames;
        }
    }

    RoomConnection.Track track(String sid) {
        return Objects.requireNonNull(tracks.get(sid), sid);
    }

    Recording audio(String trackSid) {
        return audio.computeIfAbsent(trackSid, sid -> new Recording());
    }

    void awaitEvent(String event) {
        awaitEvent(event, LIMIT);
    }

    void awaitEvent(String event, Duration limit) {
        Await.until(() -> events.contains(event), limit, () -> event + " among " + events);
    }

    /** Waits until this many more frames of the track have come. */
    void awaitFrames(String trackSid, int more) {
        int wanted = audio(trackSid).frames() + more;
        Await.until(
                () -> audio(trackSid).frames() >= wanted,
                LIMIT,
                () -> wanted + " frames of " + trackSid + ", have "
                        + audio(trackSid).frames() + "; events " + events);
    }

    @Override
    public void trackStarted(RoomConnection.Track track) {
        tracks.put(track.sid(), track);
        events.add("started " + track.sid());
    }

    @Override
    public void audio(String trackSid, short[] samples) {
        audio(trackSid).add(samples);
    }

    @Override
    public void trackMuted(String trackSid) {
        events.add("muted " + trackSid);
    }

    @Override
    public void trackUnmuted(String trackSid) {
        events.add("unmuted " + trackSid);
    }

    @Override
    public void trackEnded(String trackSid) {
        events.add("ended " + trackSid);
    }

    @Override
    public void participantLeft(String identity) {
        events.add("participant left " + identity);
    }

    @Override
    public void trackRefused(RoomConnection.Track track, String reason) {
        events.add("refused " + track.sid() + ": " + reason);
    }

    @Override
    public void reconnecting() {
        events.add("reconnecting");
    }

    @Override
    public void reconnected() {
        events.add("reconnected");
    }

    @Override
    public void left(RoomConnection.LeaveReason reason) {
        events.add("left " + reason);
    }
}
