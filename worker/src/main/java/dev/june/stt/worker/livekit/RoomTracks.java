package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.RoomConnection.Listener;
import dev.june.stt.worker.livekit.RoomConnection.Track;
import dev.june.stt.worker.livekit.ffi.AudioStreamType;
import dev.june.stt.worker.livekit.ffi.ConnectCallback.ParticipantWithTracks;
import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.NewAudioStreamRequest;
import dev.june.stt.worker.livekit.ffi.OwnedParticipant;
import dev.june.stt.worker.livekit.ffi.OwnedTrack;
import dev.june.stt.worker.livekit.ffi.OwnedTrackPublication;
import dev.june.stt.worker.livekit.ffi.ParticipantKind;
import dev.june.stt.worker.livekit.ffi.RoomEvent;
import dev.june.stt.worker.livekit.ffi.SetSubscribedRequest;
import dev.june.stt.worker.livekit.ffi.TrackKind;
import dev.june.stt.worker.livekit.ffi.TrackPublicationInfo;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the room, what they publish, what of it we hear, and the handles behind all that. Only the room's thread touches it.
 * Bounded by the server's own limit of participants and tracks.
 */
final class RoomTracks {
    private static final Logger LOG = LoggerFactory.getLogger(RoomTracks.class);
    private static final int SAMPLE_RATE_HZ = 16_000;
    private static final int FRAME_MS = 20;
    private static final int QUEUE_FRAMES = 100; // the library's own default is 10, and it drops what does not fit
    private static final Set<ParticipantKind> MACHINES =
            EnumSet.of(ParticipantKind.PARTICIPANT_KIND_AGENT, ParticipantKind.PARTICIPANT_KIND_EGRESS);

    private record Participant(long handle, String sid, boolean machine) {}

    /** @param wanted whether we asked to hear it */
    private record Publication(long handle, String identity, boolean wanted) {}

    private record Heard(Track track, long trackHandle, long streamHandle, TrackAudio audio) {}

    private final LiveKitLibrary library;
    private final Listener listener;
    private final Map<String, Participant> participants = new HashMap<>();
    private final Map<String, Publication> publications = new HashMap<>();
    private final Map<String, Heard> heard = new HashMap<>();

    RoomTracks(LiveKitLibrary library, Listener listener) {
        this.library = library;
        this.listener = listener;
    }

    /** Those who were there before us. */
    void present(List<ParticipantWithTracks> others) {
        for (ParticipantWithTracks other : others) {
            arrived(other.getParticipant());
            for (OwnedTrackPublication publication : other.getPublicationsList()) {
                published(other.getParticipant().getInfo().getIdentity(), publication);
            }
        }
    }

    void apply(RoomEvent event) {
        switch (event.getMessageCase()) {
            case PARTICIPANT_CONNECTED ->
                arrived(event.getParticipantConnected().getInfo());
            case PARTICIPANT_DISCONNECTED ->
                departed(event.getParticipantDisconnected().getParticipantIdentity());
            case TRACK_PUBLISHED ->
                published(
                        event.getTrackPublished().getParticipantIdentity(),
                        event.getTrackPublished().getPublication());
            case TRACK_UNPUBLISHED -> {
                String sid = event.getTrackUnpublished().getPublicationSid();
                ended(sid);
                unpublished(sid);
            }
            case TRACK_SUBSCRIBED ->
                subscribed(
                        event.getTrackSubscribed().getParticipantIdentity(),
                        event.getTrackSubscribed().getTrack());
            case TRACK_UNSUBSCRIBED -> ended(event.getTrackUnsubscribed().getTrackSid());
            case TRACK_SUBSCRIPTION_FAILED -> {
                String identity = event.getTrackSubscriptionFailed().getParticipantIdentity();
                String sid = event.getTrackSubscriptionFailed().getTrackSid();
                listener.trackRefused(track(sid, identity, false), "the server does not let us subscribe to it");
            }
            case TRACK_MUTED -> muted(event.getTrackMuted().getTrackSid(), true);
            case TRACK_UNMUTED -> muted(event.getTrackUnmuted().getTrackSid(), false);
            default -> OwnedHandles.in(event).forEach(library.handles()::drop);
        }
    }

    /** Ends every track and drops every handle. */
    void end() {
        List.copyOf(heard.keySet()).forEach(this::ended);
        List.copyOf(publications.keySet()).forEach(this::unpublished);
        participants.values().forEach(participant -> library.handles().drop(participant.handle));
        participants.clear();
    }

    private void arrived(OwnedParticipant participant) {
        Participant before = participants.put(
                participant.getInfo().getIdentity(),
                new Participant(
                        participant.getHandle().getId(),
                        participant.getInfo().getSid(),
                        MACHINES.contains(participant.getInfo().getKind())));
        if (before != null) {
            library.handles().drop(before.handle);
        }
    }

    private void departed(String identity) {
        heard.values().stream()
                .map(Heard::track)
                .filter(track -> track.participantIdentity().equals(identity))
                .map(Track::sid)
                .toList()
                .forEach(this::ended);
        publications.entrySet().stream()
                .filter(publication -> publication.getValue().identity.equals(identity))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::unpublished);
        Participant participant = participants.remove(identity);
        if (participant != null) {
            library.handles().drop(participant.handle);
            listener.participantLeft(identity);
        }
    }

    private void published(String identity, OwnedTrackPublication owned) {
        TrackPublicationInfo info = owned.getInfo();
        Participant participant = participants.get(identity);
        boolean speech = info.getKind() == TrackKind.KIND_AUDIO && (participant == null || !participant.machine);
        boolean encrypted = info.getEncryptionType() != 0;
        Publication publication = new Publication(owned.getHandle().getId(), identity, speech && !encrypted);
        unpublished(info.getSid()); // if the library replaced it without saying so
        publications.put(info.getSid(), publication);
        if (publication.wanted) {
            subscribe(publication);
        } else if (speech) {
            listener.trackRefused(
                    track(info.getSid(), identity, info.getMuted()), "it is encrypted and we have no key");
        }
    }

    /**
     * Asks once more for every track that we want and do not hear. The library loses what it is asked while it reconnects, and says
     * nothing.
     */
    void subscribeAgain() {
        publications.forEach((sid, publication) -> {
            if (publication.wanted && !heard.containsKey(sid)) {
                subscribe(publication);
            }
        });
    }

    private void subscribe(Publication publication) {
        library.request(FfiRequest.newBuilder()
                .setSetSubscribed(
                        SetSubscribedRequest.newBuilder().setSubscribe(true).setPublicationHandle(publication.handle))
                .build());
    }

    private void unpublished(String sid) {
        Publication publication = publications.remove(sid);
        if (publication != null) {
            library.handles().drop(publication.handle);
        }
    }

    private void subscribed(String identity, OwnedTrack owned) {
        String sid = owned.getInfo().getSid();
        long trackHandle = owned.getHandle().getId();
        if (owned.getInfo().getKind() != TrackKind.KIND_AUDIO) {
            library.handles().drop(trackHandle);
            return;
        }
        ended(sid); // if the library replaced it without saying so
        Track track = track(sid, identity, owned.getInfo().getMuted());
        TrackAudio audio = new TrackAudio(sid, listener);
        listener.trackStarted(track); // before the stream is opened: a frame that finds no track is lost
        long streamHandle = 0;
        try {
            streamHandle = openStream(trackHandle);
            library.bind(streamHandle, audio);
        } finally {
            if (streamHandle == 0) {
                library.handles().drop(trackHandle);
                listener.trackEnded(sid);
            } else {
                heard.put(sid, new Heard(track, trackHandle, streamHandle, audio));
            }
        }
    }

    private long openStream(long trackHandle) {
        long handle = library.request(FfiRequest.newBuilder()
                        .setNewAudioStream(NewAudioStreamRequest.newBuilder()
                                .setTrackHandle(trackHandle)
                                .setType(AudioStreamType.AUDIO_STREAM_NATIVE)
                                .setSampleRate(SAMPLE_RATE_HZ)
                                .setNumChannels(1)
                                .setFrameSizeMs(FRAME_MS)
                                .setQueueSizeFrames(QUEUE_FRAMES))
                        .build())
                .getNewAudioStream()
                .getStream()
                .getHandle()
                .getId();
        library.handles().own(handle);
        return handle;
    }

    private void ended(String sid) {
        Heard track = heard.remove(sid);
        if (track != null) {
            library.unbind(track.streamHandle);
            track.audio.end();
            library.handles().drop(track.streamHandle);
            library.handles().drop(track.trackHandle);
            listener.trackEnded(sid);
        }
    }

    private void muted(String sid, boolean muted) {
        if (heard.containsKey(sid)) {
            if (muted) {
                listener.trackMuted(sid);
            } else {
                listener.trackUnmuted(sid);
            }
        }
    }

    private Track track(String sid, String identity, boolean muted) {
        Participant participant = participants.get(identity);
        if (participant == null) {
            LOG.warn("a track of a participant that was never announced; participant={} track={}", identity, sid);
        }
        return new Track(sid, identity, participant == null ? "" : participant.sid, muted);
    }
}
