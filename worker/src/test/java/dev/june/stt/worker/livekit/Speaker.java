package dev.june.stt.worker.livekit;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.june.stt.testing.LiveKitServer;
import dev.june.stt.worker.livekit.ffi.ConnectCallback;
import dev.june.stt.worker.livekit.ffi.ConnectRequest;
import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.IceServer;
import dev.june.stt.worker.livekit.ffi.RoomOptions;
import dev.june.stt.worker.livekit.ffi.RtcConfig;
import dev.june.stt.worker.livekit.speaker.AudioFrameBufferInfo;
import dev.june.stt.worker.livekit.speaker.CaptureAudioFrameRequest;
import dev.june.stt.worker.livekit.speaker.CreateAudioTrackRequest;
import dev.june.stt.worker.livekit.speaker.E2eeOptions;
import dev.june.stt.worker.livekit.speaker.KeyProviderOptions;
import dev.june.stt.worker.livekit.speaker.LocalTrackMuteRequest;
import dev.june.stt.worker.livekit.speaker.NewAudioSourceRequest;
import dev.june.stt.worker.livekit.speaker.PublishTrackCallback;
import dev.june.stt.worker.livekit.speaker.PublishTrackRequest;
import dev.june.stt.worker.livekit.speaker.SpeakerRequest;
import dev.june.stt.worker.livekit.speaker.SpeakerRoomOptions;
import dev.june.stt.worker.livekit.speaker.TrackPublishOptions;
import dev.june.stt.worker.livekit.speaker.UnpublishTrackRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * For tests: a participant who joins a room, publishes a microphone and speaks 16 kHz mono samples in real time. One thread at a
 * time. Closing it leaves the room and frees its handles.
 */
public final class Speaker implements AutoCloseable {
    private static final int SAMPLE_RATE_HZ = 16_000;
    private static final int FRAME_SAMPLES = 320;
    private static final int QUEUE_MS = 100; // so little that speaking takes as long as the speech

    private final LiveKitLibrary library;
    private final SpeakerCalls calls;
    private final ConnectCallback.Result joined;
    private final long source;
    private final long track;
    private String trackSid = "";
    private long publication;
    private boolean closed;

    /** What kind of participant to be, and whether to encrypt. */
    public record Manner(String kind, boolean encrypted) {
        public static final Manner PERSON = new Manner("standard", false);
    }

    private Speaker(LiveKitLibrary library, ConnectCallback.Result joined) {
        this.library = library;
        this.calls = SpeakerCalls.of(library);
        this.joined = joined;
        library.readyForEvents(joined.getRoom().getHandle().getId());
        source = calls.request(SpeakerRequest.newBuilder()
                        .setNewAudioSource(NewAudioSourceRequest.newBuilder()
                                .setType(0)
                                .setSampleRate(SAMPLE_RATE_HZ)
                                .setNumChannels(1)
                                .setQueueSizeMs(QUEUE_MS))
                        .build())
                .getNewAudioSource()
                .getSource()
                .getHandle()
                .getId();
        library.handles().own(source);
        track = calls.request(SpeakerRequest.newBuilder()
                        .setCreateAudioTrack(CreateAudioTrackRequest.newBuilder()
                                .setName("microphone")
                                .setSourceHandle(source))
                        .build())
                .getCreateAudioTrack()
                .getTrack()
                .getHandle()
                .getId();
        library.handles().own(track);
    }

    /** A person who joins and publishes. */
    public static Speaker join(LiveKitLibrary library, String url, String room, String identity) {
        return join(library, url, room, identity, Manner.PERSON);
    }

    public static Speaker join(LiveKitLibrary library, String url, String room, String identity, Manner manner) {
        Speaker speaker = silent(library, url, room, identity, manner);
        speaker.publish();
        return speaker;
    }

    /** Joins without publishing. */
    public static Speaker silent(LiveKitLibrary library, String url, String room, String identity, Manner manner) {
        long asyncId = library.nextAsyncId();
        var answer = library.expectConnect(asyncId);
        library.request(FfiRequest.newBuilder()
                .setConnect(ConnectRequest.newBuilder()
                        .setUrl(url)
                        .setToken(token(room, identity, manner.kind))
                        .setOptions(options(manner.encrypted))
                        .setRequestAsyncId(asyncId))
                .build());
        ConnectCallback callback = answer.orTimeout(30, TimeUnit.SECONDS).join();
        if (callback.hasError()) {
            throw new IllegalStateException(identity + " cannot join " + room + ": " + callback.getError());
        }
        return new Speaker(library, callback.getResult());
    }

    /** Returns the track's sid. */
    public String publish() {
        PublishTrackCallback answer = calls.call(asyncId -> SpeakerRequest.newBuilder()
                        .setPublishTrack(PublishTrackRequest.newBuilder()
                                .setLocalParticipantHandle(me())
                                .setTrackHandle(track)
                                .setOptions(TrackPublishOptions.newBuilder()
                                        .setDtx(false)
                                        .setSource(2))
                                .setRequestAsyncId(asyncId))
                        .build())
                .getPublishTrack();
        if (answer.hasError()) {
            throw new IllegalStateException("cannot publish: " + answer.getError());
        }
        publication = answer.getPublication().getHandle().getId();
        library.handles().own(publication);
        trackSid = answer.getPublication().getInfo().getSid();
        return trackSid;
    }

    public String trackSid() {
        return trackSid;
    }

    public String participantSid() {
        return joined.getLocalParticipant().getInfo().getSid();
    }

    /** Who else was to be seen when we joined. */
    public List<String> others() {
        return joined.getParticipantsList().stream()
                .map(other -> other.getParticipant().getInfo().getIdentity())
                .toList();
    }

    /** Speaks; takes as long as the speech. */
    public void say(short[] samples) {
        for (int start = 0; start < samples.length; start += FRAME_SAMPLES) {
            capture(Arrays.copyOfRange(samples, start, start + FRAME_SAMPLES)); // the last one padded with silence
        }
    }

    /** Says nothing for a while. */
    public void pause(Duration duration) {
        say(new short[(int) (duration.toMillis() * SAMPLE_RATE_HZ / 1_000)]);
    }

    public void mute() {
        setMuted(true);
    }

    public void unmute() {
        setMuted(false);
    }

    public void unpublish() {
        var answer = calls.call(asyncId -> SpeakerRequest.newBuilder()
                        .setUnpublishTrack(UnpublishTrackRequest.newBuilder()
                                .setLocalParticipantHandle(me())
                                .setTrackSid(trackSid)
                                .setStopOnUnpublish(false)
                                .setRequestAsyncId(asyncId))
                        .build())
                .getUnpublishTrack();
        if (answer.hasError()) {
            throw new IllegalStateException("cannot unpublish: " + answer.getError());
        }
        dropPublication();
    }

    @Override
    public void close() {
        leave();
    }

    /** Leaves the room and frees the handles. Idempotent. */
    public void leave() {
        if (closed) {
            return;
        }
        closed = true;
        library.disconnect(joined.getRoom().getHandle().getId())
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
        dropPublication();
        library.handles().drop(track);
        library.handles().drop(source);
        OwnedHandles.in(joined).forEach(library.handles()::drop);
    }

    private void dropPublication() {
        if (publication != 0) {
            library.handles().drop(publication);
            publication = 0;
        }
    }

    private void setMuted(boolean muted) {
        calls.request(SpeakerRequest.newBuilder()
                .setLocalTrackMute(
                        LocalTrackMuteRequest.newBuilder().setTrackHandle(track).setMute(muted))
                .build());
    }

    private void capture(short[] frame) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_SHORT, frame);
            calls.call(asyncId -> SpeakerRequest.newBuilder()
                    .setCaptureAudioFrame(CaptureAudioFrameRequest.newBuilder()
                            .setSourceHandle(source)
                            .setBuffer(AudioFrameBufferInfo.newBuilder()
                                    .setDataPtr(memory.address())
                                    .setNumChannels(1)
                                    .setSampleRate(SAMPLE_RATE_HZ)
                                    .setSamplesPerChannel(frame.length))
                            .setRequestAsyncId(asyncId))
                    .build());
        }
    }

    private long me() {
        return joined.getLocalParticipant().getHandle().getId();
    }

    private static RoomOptions options(boolean encrypted) {
        RoomOptions.Builder options = RoomOptions.newBuilder()
                .setAutoSubscribe(false)
                .setAdaptiveStream(false)
                .setDynacast(false)
                .setRtcConfig(RtcConfig.newBuilder()
                        .addIceServers(IceServer.newBuilder().addUrls("stun:127.0.0.1:3478")));
        if (!encrypted) {
            return options.build();
        }
        SpeakerRoomOptions encryption = SpeakerRoomOptions.newBuilder()
                .setEncryption(E2eeOptions.newBuilder()
                        .setEncryptionType(1)
                        .setKeyProviderOptions(KeyProviderOptions.newBuilder()
                                .setSharedKey(ByteString.copyFromUtf8("a key that we do not have"))
                                .setRatchetWindowSize(0)
                                .setRatchetSalt(ByteString.copyFromUtf8("LKFrameEncryptionKey"))
                                .setFailureTolerance(10)
                                .setKeyRingSize(16)
                                .setKeyDerivationFunction(0)))
                .build();
        try {
            return options.mergeFrom(encryption.toByteArray()).build();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String token(String room, String identity, String kind) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("sub", identity);
        claims.put("name", identity);
        claims.put("kind", kind);
        claims.put("video", Map.of("roomJoin", true, "room", room));
        return new AccessTokens(InstantSource.system())
                .sign(
                        new LiveKitAccess("ws://unused", LiveKitServer.API_KEY, LiveKitServer.API_SECRET),
                        claims,
                        Duration.ofHours(1));
    }
}
