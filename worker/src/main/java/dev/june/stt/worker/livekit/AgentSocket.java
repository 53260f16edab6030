package dev.june.stt.worker.livekit;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import livekit.LivekitAgent.ServerMessage;
import livekit.LivekitAgent.WorkerMessage;

/**
 * One WebSocket to the agent endpoint. The server's messages and our own requests meet in one bounded inbox, which the
 * connection's thread empties; that thread alone sends, one message at a time, because the WebSocket allows one pending send.
 */
final class AgentSocket implements WebSocket.Listener, AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int INBOX_CAPACITY = 1_024;
    private static final int MESSAGE_LIMIT = 1 << 20;

    /** What the connection's thread has to deal with. */
    sealed interface Event {
        record Received(ServerMessage message) implements Event {}

        /** The socket is gone. */
        record Lost(String why) implements Event {}

        /** Our load changed much. */
        record LoadChanged() implements Event {}

        record JobFinished(String jobId, boolean success) implements Event {}

        record Closing() implements Event {}
    }

    private final BlockingQueue<Event> inbox = new ArrayBlockingQueue<>(INBOX_CAPACITY);
    private final MessageAssembly assembly = new MessageAssembly(MESSAGE_LIMIT);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final WebSocket socket;

    /**
     * @throws IOException if there is no such server, or it refuses the token
     */
    AgentSocket(HttpClient http, String url, String token) throws IOException, InterruptedException {
        CompletableFuture<WebSocket> opening = http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .connectTimeout(LIMIT)
                .buildAsync(URI.create(url + "/agent?protocol=1"), this);
        socket = await(opening);
    }

    /** Any thread. A full inbox means that the connection's thread is stuck: the socket is given up. */
    void offer(Event event) {
        if (!inbox.offer(event)) {
            socket.abort();
        }
    }

    /** What happened, or empty if nothing did within the time. A lost socket is told once all before it has been taken. */
    Optional<Event> poll(Duration limit) throws InterruptedException {
        Event event = inbox.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (event == null && socket.isInputClosed()) {
            return Optional.of(new Event.Lost("the socket is closed"));
        }
        return Optional.ofNullable(event);
    }

    /** The connection's thread only. Waits until the message is handed to the network. */
    void send(WorkerMessage message) throws IOException, InterruptedException {
        await(socket.sendBinary(ByteBuffer.wrap(message.toByteArray()), true));
    }

    /** The closing handshake, then the end in any case. */
    @Override
    public void close() {
        try {
            if (!socket.isOutputClosed()) {
                await(socket.sendClose(WebSocket.NORMAL_CLOSURE, ""));
                closed.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (IOException e) {
            // it was going away anyhow
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            socket.abort();
        }
    }

    private static <T> T await(CompletableFuture<T> step) throws IOException, InterruptedException {
        try {
            return step.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (TimeoutException e) {
            step.cancel(true);
            throw new IOException("no answer within " + LIMIT, e);
        }
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        try {
            Optional<byte[]> whole = assembly.add(data, last);
            if (whole.isPresent()) {
                offer(new Event.Received(ServerMessage.parseFrom(whole.get())));
            }
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            offer(new Event.Lost("the server sent what is no message: " + e.getMessage()));
        }
        webSocket.request(1);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
        closed.countDown();
        offer(new Event.Lost("the server closed the connection: " + status + " " + reason));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closed.countDown();
        offer(new Event.Lost(error.toString()));
    }
}
