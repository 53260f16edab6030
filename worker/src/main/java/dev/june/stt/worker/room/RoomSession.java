package dev.june.stt.worker.room;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.Limits;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.livekit.RoomConnection;
import dev.june.stt.worker.livekit.RoomConnection.LeaveReason;
import dev.june.stt.worker.livekit.RoomConnection.Track;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One room that is being listened to: keeps a {@link TrackSession} for each audible track and tells it what happens. Called by the
 * connection, in order, but for audio, which comes on any thread.
 */
final class RoomSession implements RoomConnection.Listener {
    private static final Logger log = LoggerFactory.getLogger(RoomSession.class);

    /** A microphone, a shared screen, and two more: each track costs a detector and a thread. */
    private static final int MAX_TRACKS = 4;

    private final String room;
    private final SessionParts parts;
    private final SessionMetrics metrics;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Consumer<LeaveReason> onLeft;

    /** Changed with {@code this} locked, so that who comes and who goes at the same moment do not miss each other. */
    private final Map<String, TrackSession> tracks = new ConcurrentHashMap<>();

    @GuardedBy("this")
    private final Map<String, Participant> participants = new HashMap<>();

    RoomSession(String room, Limits limits, SessionParts parts, SessionMetrics metrics, Consumer<LeaveReason> onLeft) {
        this(room, limits, parts, metrics, System::nanoTime, onLeft);
    }

    /** @param nanoTime by which audio that does not come, and tracks that do not come back, are waited for */
    RoomSession(
            String room,
            Limits limits,
            SessionParts parts,
            SessionMetrics metrics,
            LongSupplier nanoTime,
            Consumer<LeaveReason> onLeft) {
        this.room = room;
        this.limits = limits;
        this.parts = parts;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.onLeft = onLeft;
    }

    @Override
    public synchronized void trackStarted(Track track) {
        TrackSession known = tracks.get(track.sid());
        if (known != null && known.tell(new TrackInput.Attached())) {
            known.tell(track.muted() ? new TrackInput.Muted() : new TrackInput.Unmuted());
            return;
        }
        Optional<Participant> participant = participantOf(track);
        if (participant.isEmpty()) {
            trackRefused(track, "limits.maxParticipantsPerRoom is reached: " + limits.maxParticipantsPerRoom());
            return;
        }
        if (tracksOf(participant.get().identity()) >= MAX_TRACKS) {
            trackRefused(track, "a participant has no more than " + MAX_TRACKS + " tracks transcribed");
            return;
        }
        TrackSession session = new TrackSession(
                track.sid(), participant.get(), track.muted(), parts, metrics, nanoTime, this::trackIsOver);
        tracks.put(track.sid(), session);
        session.start();
    }

    @Override
    public void audio(String trackSid, short[] samples) {
        audioAccepted(trackSid, samples);
    }

    /** @return false if the track is behind or unknown: the block is dropped */
    boolean audioAccepted(String trackSid, short[] samples) {
        TrackSession session = tracks.get(trackSid);
        return session != null && session.audio(samples);
    }

    @Override
    public void trackMuted(String trackSid) {
        tell(trackSid, new TrackInput.Muted());
    }

    @Override
    public void trackUnmuted(String trackSid) {
        tell(trackSid, new TrackInput.Unmuted());
    }

    @Override
    public void trackEnded(String trackSid) {
        tell(trackSid, new TrackInput.Detached(EndReason.TRACK_ENDED));
    }

    @Override
    public void participantLeft(String identity) {
        tracks.values().stream()
                .filter(track -> track.participant().identity().equals(identity))
                .forEach(track -> track.tell(new TrackInput.Detached(EndReason.PARTICIPANT_LEFT)));
    }

    @Override
    public void trackRefused(Track track, String reason) {
        metrics.trackRefused();
        log.warn("a track is not listened to: {} (track {})", reason, track.sid());
    }

    @Override
    public void reconnecting() {
        log.info("the connection to a room is interrupted");
    }

    @Override
    public void reconnected() {
        metrics.reconnected(SessionMetrics.Reconnect.RESUMED);
        log.info("the connection to a room is back");
    }

    @Override
    public void left(LeaveReason reason) {
        endAll(
                switch (reason) {
                    case ROOM_CLOSED -> EndReason.PARTICIPANT_LEFT;
                    case CLOSED -> EndReason.DRAIN;
                    case EVICTED, REMOVED, CONNECTION_LOST -> EndReason.DISCONNECTED;
                });
        onLeft.accept(reason);
    }

    /** Ends whatever is being said, in every track. */
    void endAll(EndReason reason) {
        tracks.values().forEach(track -> track.tell(new TrackInput.End(reason)));
    }

    /** Waits until every track has emitted its last. */
    boolean awaitTracks(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        for (TrackSession track : List.copyOf(tracks.values())) {
            if (!track.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                return false;
            }
        }
        return true;
    }

    @GuardedBy("this")
    private Optional<Participant> participantOf(Track track) {
        Participant known = participants.get(track.participantIdentity());
        if (known != null && known.sid().equals(track.participantSid())) {
            return Optional.of(known);
        }
        if (known == null && participants.size() >= limits.maxParticipantsPerRoom()) {
            return Optional.empty();
        }
        Participant fresh = new Participant(
                room,
                track.participantIdentity(),
                track.participantSid(),
                new AudioAllowance(limits.audioSecondsPerSecond(), System.nanoTime()));
        participants.put(track.participantIdentity(), fresh);
        if (known == null) {
            metrics.participant(1);
        }
        return Optional.of(fresh);
    }

    private synchronized void trackIsOver(TrackSession session) {
        tracks.remove(session.track(), session);
        String identity = session.participant().identity();
        if (tracksOf(identity) == 0) {
            forget(identity);
        }
    }

    private long tracksOf(String identity) {
        return tracks.values().stream()
                .filter(track -> track.participant().identity().equals(identity))
                .count();
    }

    @GuardedBy("this")
    private void forget(String identity) {
        if (participants.remove(identity) != null) {
            metrics.participant(-1);
        }
    }

    String room() {
        return room;
    }

    synchronized Optional<Participant> participant(String identity) {
        return Optional.ofNullable(participants.get(identity));
    }

    synchronized List<Participant> participants() {
        return List.copyOf(participants.values());
    }

    /** How many tracks each participant has. */
    Map<String, Long> tracks() {
        return tracks.values().stream()
                .collect(Collectors.groupingBy(track -> track.participant().identity(), Collectors.counting()));
    }

    private void tell(String trackSid, TrackInput input) {
        TrackSession session = tracks.get(trackSid);
        if (session != null) {
            session.tell(input);
        }
    }
}
