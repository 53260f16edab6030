package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.ffi.ConnectCallback;
import dev.june.stt.worker.livekit.ffi.FfiOwnedHandle;
import dev.june.stt.worker.livekit.ffi.OwnedTrackPublication;
import dev.june.stt.worker.livekit.ffi.RoomEvent;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/**
 * The native objects that we own. Each is dropped exactly once; what is open when no room is joined has leaked. Audio frames are
 * not counted here, they are dropped in the call that brings them. Any thread. Bounded by what the joined rooms hold.
 */
final class OwnedHandles {
    private final NativeCalls calls;
    private final Set<Long> open = ConcurrentHashMap.newKeySet();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder unknown = new LongAdder();

    OwnedHandles(NativeCalls calls) {
        this.calls = calls;
    }

    void own(long handle) {
        open.add(handle);
    }

    void drop(long handle) {
        if (!open.remove(handle) || !calls.drop(handle)) {
            unknown.increment();
        }
        dropped.increment();
    }

    int open() {
        return open.size();
    }

    long dropped() {
        return dropped.sum();
    }

    /** Drops of something that was not ours or that the library did not know: a defect. */
    long unknown() {
        return unknown.sum();
    }

    /** Every handle that an event gives us, whether the event interests us or not. */
    static LongStream in(RoomEvent event) {
        return switch (event.getMessageCase()) {
            case PARTICIPANT_CONNECTED ->
                id(event.getParticipantConnected().getInfo().getHandle());
            case TRACK_PUBLISHED ->
                id(event.getTrackPublished().getPublication().getHandle());
            case TRACK_SUBSCRIBED -> id(event.getTrackSubscribed().getTrack().getHandle());
            case DATA_PACKET_RECEIVED ->
                event.getDataPacketReceived().hasUser()
                        ? id(event.getDataPacketReceived().getUser().getData().getHandle())
                        : LongStream.empty();
            case BYTE_STREAM_OPENED ->
                id(event.getByteStreamOpened().getReader().getHandle());
            case TEXT_STREAM_OPENED ->
                id(event.getTextStreamOpened().getReader().getHandle());
            case DATA_TRACK_PUBLISHED ->
                id(event.getDataTrackPublished().getTrack().getHandle());
            case PARTICIPANT_DISCONNECTED,
                    TRACK_UNPUBLISHED,
                    TRACK_UNSUBSCRIBED,
                    TRACK_SUBSCRIPTION_FAILED,
                    TRACK_MUTED,
                    TRACK_UNMUTED,
                    DISCONNECTED,
                    RECONNECTING,
                    RECONNECTED,
                    MESSAGE_NOT_SET -> LongStream.empty();
        };
    }

    /** Every handle that a successful join gives us. */
    static LongStream in(ConnectCallback.Result joined) {
        LongStream own = LongStream.of(
                joined.getRoom().getHandle().getId(),
                joined.getLocalParticipant().getHandle().getId());
        LongStream others = joined.getParticipantsList().stream()
                .flatMapToLong(other -> LongStream.concat(
                        id(other.getParticipant().getHandle()),
                        other.getPublicationsList().stream()
                                .map(OwnedTrackPublication::getHandle)
                                .mapToLong(FfiOwnedHandle::getId)));
        return LongStream.concat(own, others);
    }

    private static LongStream id(FfiOwnedHandle handle) {
        return LongStream.of(handle.getId());
    }
}
