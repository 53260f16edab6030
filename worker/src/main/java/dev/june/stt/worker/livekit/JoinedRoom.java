package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.ffi.ConnectCallback;
import dev.june.stt.worker.livekit.ffi.DisconnectReason;
import dev.june.stt.worker.livekit.ffi.RoomEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A joined room: one virtual thread owns its state and takes the library's events, in order, from a bounded queue. A queue that
 * overflows means that events were lost and the state is wrong, so the connection ends as lost and the next join starts afresh.
 */
final class JoinedRoom implements RoomConnection {
    static final Duration DISCONNECT_LIMIT = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(JoinedRoom.class);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(5);
    private static final int QUEUE_CAPACITY =
            4_096; // only arrivals, departures and mutes come here, never audio or data
    private static final RoomEvent WAKE_UP = RoomEvent.getDefaultInstance();

    private final LiveKitLibrary library;
    private final Listener listener;
    private final ConnectCallback.Result joined;
    private final long handle;
    private final BlockingQueue<RoomEvent> inbox = new LinkedBlockingQueue<>(QUEUE_CAPACITY);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread owner;
    private final RoomTracks tracks;
    private volatile boolean closing;
    private volatile boolean overflowed;
    private volatile boolean over;

    JoinedRoom(LiveKitLibrary library, ConnectCallback.Result joined, Listener listener) {
        this.library = library;
        this.listener = listener;
        this.joined = joined;
        this.handle = joined.getRoom().getHandle().getId();
        this.tracks = new RoomTracks(library, listener);
        this.owner = Thread.ofVirtual().name("livekit-room-" + handle).unstarted(this::run);
    }

    void start() {
        library.add(handle, this); // before the room is ready for events, so that none is missed
        owner.start();
    }

    long handle() {
        return handle;
    }

    @Override
    public String room() {
        return joined.getRoom().getInfo().getName();
    }

    /** Any thread; never blocks. False: not taken, its handles are the caller's to drop. */
    boolean offer(RoomEvent event) {
        return switch (event.getMessageCase()) {
            case DATA_PACKET_RECEIVED, BYTE_STREAM_OPENED, TEXT_STREAM_OPENED, DATA_TRACK_PUBLISHED, MESSAGE_NOT_SET ->
                false;
            default -> {
                boolean taken = inbox.offer(event);
                overflowed |= !taken;
                if (over) {
                    dropInbox(); // the owner may have looked for the last time
                }
                yield taken;
            }
        };
    }

    private void dropInbox() {
        for (RoomEvent event = inbox.poll(); event != null; event = inbox.poll()) {
            OwnedHandles.in(event).forEach(library.handles()::drop);
        }
    }

    @Override
    public void close() {
        closing = true;
        inbox.offer(WAKE_UP); // a full queue wakes the owner as well
        if (Thread.currentThread() != owner) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the owner goes on leaving
            }
        }
    }

    private void run() {
        LeaveReason reason = LeaveReason.CONNECTION_LOST;
        try {
            tell(() -> tracks.present(joined.getParticipantsList()));
            library.readyForEvents(handle);
            reason = listen();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("a room's connection failed; room={}", room(), e);
        } finally {
            leave(reason);
        }
    }

    private LeaveReason listen() throws InterruptedException {
        long asked = System.nanoTime();
        while (!closing) {
            long wait = asked + ASK_AGAIN.toNanos() - System.nanoTime();
            RoomEvent event = inbox.poll(wait, TimeUnit.NANOSECONDS);
            if (event == null) {
                tell(tracks::subscribeAgain);
                asked = System.nanoTime();
                continue;
            }
            Optional<LeaveReason> reason = handle(event);
            if (reason.isPresent()) {
                return reason.get();
            }
            if (overflowed) {
                LOG.error("a room's event queue overflowed, the connection ends; room={}", room());
                return LeaveReason.CONNECTION_LOST;
            }
        }
        return LeaveReason.CLOSED;
    }

    private Optional<LeaveReason> handle(RoomEvent event) {
        switch (event.getMessageCase()) {
            case DISCONNECTED -> {
                return Optional.of(reason(event.getDisconnected().getReason()));
            }
            case RECONNECTING -> tell(listener::reconnecting);
            case RECONNECTED -> {
                tell(tracks::subscribeAgain);
                tell(listener::reconnected);
            }
            default -> tell(() -> tracks.apply(event));
        }
        return Optional.empty();
    }

    private void tell(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException e) {
            LOG.error("an event of a room failed; room={}", room(), e);
        }
    }

    private void leave(LeaveReason reason) {
        awaitDisconnect();
        library.remove(handle);
        tell(tracks::end);
        over = true;
        dropInbox();
        library.handles().drop(joined.getLocalParticipant().getHandle().getId());
        library.handles().drop(handle);
        tell(() -> listener.left(reason));
        ended.countDown();
    }

    private void awaitDisconnect() {
        try {
            library.disconnect(handle).get(DISCONNECT_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the LiveKit library did not confirm that we left, going on without; room={}", room(), e);
        }
    }

    private static LeaveReason reason(DisconnectReason reason) {
        return switch (reason) {
            case CLIENT_INITIATED -> LeaveReason.CLOSED;
            case DUPLICATE_IDENTITY -> LeaveReason.EVICTED;
            case PARTICIPANT_REMOVED -> LeaveReason.REMOVED;
            case ROOM_DELETED, ROOM_CLOSED -> LeaveReason.ROOM_CLOSED;
            case UNKNOWN_REASON,
                    SERVER_SHUTDOWN,
                    STATE_MISMATCH,
                    JOIN_FAILURE,
                    MIGRATION,
                    SIGNAL_CLOSE,
                    USER_UNAVAILABLE,
                    USER_REJECTED,
                    SIP_TRUNK_FAILURE,
                    CONNECTION_TIMEOUT,
                    MEDIA_FAILURE,
                    AGENT_ERROR -> LeaveReason.CONNECTION_LOST;
        };
    }
}
