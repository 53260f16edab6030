package dev.june.stt.worker.livekit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.worker.livekit.ffi.AudioStreamEvent;
import dev.june.stt.worker.livekit.ffi.ConnectCallback;
import dev.june.stt.worker.livekit.ffi.DisconnectRequest;
import dev.june.stt.worker.livekit.ffi.FfiEvent;
import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.FfiResponse;
import dev.june.stt.worker.livekit.ffi.OwnedAudioFrameBuffer;
import dev.june.stt.worker.livekit.ffi.ReadyForRoomEventRequest;
import dev.june.stt.worker.livekit.ffi.RoomEvent;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native LiveKit library, one per process. It routes what the library tells: audio straight to its track, room events into
 * the room's queue, answers to whoever waits. All of that happens on the library's few threads, which all rooms share, so
 * nothing here blocks.
 */
public final class LiveKitLibrary implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveKitLibrary.class);

    @GuardedBy("LiveKitLibrary.class")
    private static @Nullable Loaded loaded;

    private record Loaded(Path file, LiveKitLibrary library) {}

    private final NativeCalls calls;
    private final OwnedHandles handles;
    private final NativeLog nativeLog = new NativeLog(LOG, System::nanoTime);

    private final AtomicLong lastAsyncId = new AtomicLong();
    private final Map<Long, CompletableFuture<ConnectCallback>> connects = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<Boolean>> disconnects = new ConcurrentHashMap<>();
    private final Map<Long, JoinedRoom> rooms = new ConcurrentHashMap<>();
    private final Map<Long, TrackAudio> streams = new ConcurrentHashMap<>();

    private final CompletableFuture<String> panic = new CompletableFuture<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Consumer<FfiEvent> unknownEvents = event -> {};

    private final LongAdder frames = new LongAdder();
    private final LongAdder strayFrames = new LongAdder();
    private final LongAdder eventFailures = new LongAdder();

    LiveKitLibrary(BiFunction<Consumer<FfiEvent>, Consumer<Throwable>, NativeCalls> binding) {
        this.calls = binding.apply(this::event, this::eventFailed);
        this.handles = new OwnedHandles(calls);
    }

    /**
     * Loads the library, or returns the one that is loaded.
     *
     * @throws IllegalStateException if another file is loaded already, or if it was closed: a process loads it once
     * @throws IllegalArgumentException if the file is no library that can be loaded here
     */
    public static synchronized LiveKitLibrary load(Path file) {
        if (loaded == null) {
            loaded = new Loaded(
                    file, new LiveKitLibrary((events, failures) -> new NativeLibrary(file, events, failures)));
        }
        if (!loaded.file.equals(file) || loaded.library.closed.get()) {
            throw new IllegalStateException("the LiveKit library is loaded once per process: asked for " + file
                    + ", loaded " + loaded.file + (loaded.library.closed.get() ? " (closed)" : ""));
        }
        return loaded.library;
    }

    /**
     * What to do when the library panics: its state is lost and only a new process helps, so stop taking rooms and exit. Called
     * once, on a thread of its own; at once if it has panicked already.
     */
    public void onPanic(Runnable handler) {
        var _ = panic.thenRunAsync(
                handler, task -> Thread.ofPlatform().name("livekit-panic").start(task));
    }

    /** Figures for metrics. */
    public Counts counts() {
        return new Counts(
                rooms.size(),
                streams.size(),
                frames.sum(),
                strayFrames.sum(),
                eventFailures.sum(),
                handles.open(),
                handles.dropped(),
                handles.unknown());
    }

    /**
     * @param rooms joined now
     * @param streams audio streams open now
     * @param frames audio frames delivered to a track
     * @param strayFrames frames of a stream that had just ended: freed, not delivered
     * @param eventFailures exceptions while an event was handled: each is a defect, ours or a listener's
     * @param openHandles native objects that we own now; 0 when no room is joined, else there is a leak
     * @param droppedHandles native objects that we freed
     * @param unknownHandles frees of something that was not ours: each is a defect
     */
    public record Counts(
            int rooms,
            int streams,
            long frames,
            long strayFrames,
            long eventFailures,
            int openHandles,
            long droppedHandles,
            long unknownHandles) {}

    /** Leaves the rooms that are still joined and shuts the library down for good. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            rooms.values().parallelStream().forEach(JoinedRoom::close);
            calls.dispose();
        }
    }

    // ---- for this package
    // --------------------------------------------------------------------------------------------------

    OwnedHandles handles() {
        return handles;
    }

    FfiResponse request(FfiRequest request) {
        return calls.request(request);
    }

    /** We choose the id of an answer, so that its future is known before the question is asked. */
    long nextAsyncId() {
        return lastAsyncId.incrementAndGet();
    }

    /** The answer to a connect request. It brings handles, so whoever stops waiting must {@link #abandon} it. */
    CompletableFuture<ConnectCallback> expectConnect(long asyncId) {
        CompletableFuture<ConnectCallback> answer = new CompletableFuture<>();
        connects.put(asyncId, answer);
        var _ = answer.whenComplete((joined, failure) -> connects.remove(asyncId));
        return answer;
    }

    /** A join that nobody waits for any more is undone, now or when its answer comes. */
    void abandon(CompletableFuture<ConnectCallback> answer) {
        if (!answer.cancel(false) && !answer.isCompletedExceptionally()) {
            undo(answer.join());
        }
    }

    /** Room events come from now on. Within 15 s of joining, or the library panics. */
    void readyForEvents(long roomHandle) {
        request(FfiRequest.newBuilder()
                .setReadyForRoomEvent(ReadyForRoomEventRequest.newBuilder().setRoomHandle(roomHandle))
                .build());
    }

    /** Asks to leave a room; true when the library says that it is done. */
    CompletableFuture<Boolean> disconnect(long roomHandle) {
        long asyncId = nextAsyncId();
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        disconnects.put(asyncId, answer);
        try {
            request(FfiRequest.newBuilder()
                    .setDisconnect(DisconnectRequest.newBuilder()
                            .setRoomHandle(roomHandle)
                            .setRequestAsyncId(asyncId))
                    .build());
        } catch (IllegalStateException e) {
            answer.completeExceptionally(e);
        }
        return answer.whenComplete((done, failure) -> disconnects.remove(asyncId));
    }

    void add(long roomHandle, JoinedRoom room) {
        rooms.put(roomHandle, room);
    }

    void remove(long roomHandle) {
        rooms.remove(roomHandle);
    }

    void bind(long streamHandle, TrackAudio audio) {
        streams.put(streamHandle, audio);
    }

    void unbind(long streamHandle) {
        streams.remove(streamHandle);
    }

    /** Events that are not in our subset of the contract; for tests, which publish as well. */
    void onUnknownEvent(Consumer<FfiEvent> handler) {
        unknownEvents = handler;
    }

    // ---- on the library's threads
    // --------------------------------------------------------------------------------------------

    private void event(FfiEvent event) {
        switch (event.getMessageCase()) {
            case AUDIO_STREAM_EVENT -> audio(event.getAudioStreamEvent());
            case ROOM_EVENT -> roomEvent(event.getRoomEvent());
            case CONNECT -> connected(event.getConnect());
            case DISCONNECT -> {
                CompletableFuture<Boolean> answer =
                        disconnects.get(event.getDisconnect().getAsyncId());
                if (answer != null) {
                    answer.complete(true);
                }
            }
            case LOGS -> event.getLogs().getRecordsList().forEach(nativeLog::write);
            case PANIC -> panicked(event.getPanic().getMessage());
            case MESSAGE_NOT_SET -> unknownEvents.accept(event);
        }
    }

    private void audio(AudioStreamEvent event) {
        if (!event.hasFrameReceived()) {
            return;
        }
        OwnedAudioFrameBuffer frame = event.getFrameReceived().getFrame();
        TrackAudio track = streams.get(event.getStreamHandle());
        try {
            if (track == null) {
                strayFrames.increment();
                return;
            }
            int count = frame.getInfo().getSamplesPerChannel() * frame.getInfo().getNumChannels();
            short[] samples = calls.samples(frame.getInfo().getDataPtr(), count);
            frames.increment();
            track.deliver(samples);
        } finally {
            calls.drop(frame.getHandle().getId());
        }
    }

    private void roomEvent(RoomEvent event) {
        OwnedHandles.in(event).forEach(handles::own);
        JoinedRoom room = rooms.get(event.getRoomHandle());
        if (room == null || !room.offer(event)) {
            OwnedHandles.in(event).forEach(handles::drop);
        }
    }

    private void connected(ConnectCallback callback) {
        if (callback.hasResult()) {
            OwnedHandles.in(callback.getResult()).forEach(handles::own);
        }
        CompletableFuture<ConnectCallback> answer = connects.get(callback.getAsyncId());
        if (answer == null || !answer.complete(callback)) {
            Thread.ofVirtual().name("livekit-late-join").start(() -> undo(callback));
        }
    }

    private void undo(ConnectCallback callback) {
        if (callback.hasResult()) {
            long room = callback.getResult().getRoom().getHandle().getId();
            readyForEvents(room); // a room that never is makes the library panic, even when it has been left
            var _ = disconnect(room)
                    .orTimeout(JoinedRoom.DISCONNECT_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((done, failure) ->
                            OwnedHandles.in(callback.getResult()).forEach(handles::drop));
        }
    }

    private void panicked(String message) {
        LOG.error("the LiveKit library panicked, the process must end: {}", message);
        panic.complete(message);
    }

    private void eventFailed(Throwable e) {
        eventFailures.increment();
        if (eventFailures.sum() <= 10) { // then the counter says it; a broken listener would write 50 lines a second
            LOG.error("an event of the LiveKit library failed", e);
        }
    }
}
