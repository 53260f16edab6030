package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.ffi.ConnectCallback;
import dev.june.stt.worker.livekit.ffi.ConnectRequest;
import dev.june.stt.worker.livekit.ffi.ContinualGatheringPolicy;
import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.IceServer;
import dev.june.stt.worker.livekit.ffi.IceTransportType;
import dev.june.stt.worker.livekit.ffi.RoomOptions;
import dev.june.stt.worker.livekit.ffi.RtcConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Joins rooms as a listener. Any thread. */
public final class LiveKitClient {
    private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(5);
    private static final Duration ASK_LIMIT = Duration.ofSeconds(5);

    private final LiveKitLibrary library;
    private final HttpClient http;

    public LiveKitClient(LiveKitLibrary library, HttpClient http) {
        this.library = library;
        this.http = http;
    }

    /**
     * Joins the room that the token is for. Returns when we are in; the listener may have been called by then.
     *
     * @param url the server's address, ws or wss
     * @throws LiveKitException if we are not in before the time is over; whatever the library still achieves then is undone
     */
    public RoomConnection join(String url, String token, RoomConnection.Listener listener, JoinOptions options)
            throws InterruptedException {
        long asyncId = library.nextAsyncId();
        CompletableFuture<ConnectCallback> answer = library.expectConnect(asyncId);
        ConnectCallback callback;
        try {
            library.request(connect(url, token, options, asyncId));
            callback = answer.get(options.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            library.abandon(answer);
            throw failure(url, token, LiveKitException.Reason.MEDIA_TIMEOUT, "no answer within " + options.timeout());
        } catch (InterruptedException | RuntimeException e) {
            library.abandon(answer);
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        if (callback.hasError()) {
            throw failure(url, token, LiveKitException.Reason.FAILED, callback.getError());
        }
        JoinedRoom room = new JoinedRoom(library, callback.getResult(), listener);
        room.start();
        return room;
    }

    private static FfiRequest connect(String url, String token, JoinOptions options, long asyncId) {
        RoomOptions.Builder room = RoomOptions.newBuilder()
                .setAutoSubscribe(false) // we ask for audio alone and never pay for video
                .setAdaptiveStream(false)
                .setDynacast(false)
                .setJoinRetries(0) // in one layer only, and that is the caller
                .setConnectTimeoutMs(SIGNAL_LIMIT.toMillis());
        if (!options.iceServers().isEmpty()) {
            room.setRtcConfig(RtcConfig.newBuilder()
                    .setIceTransportType(IceTransportType.TRANSPORT_ALL)
                    .setContinualGatheringPolicy(ContinualGatheringPolicy.GATHER_CONTINUALLY)
                    .addIceServers(IceServer.newBuilder().addAllUrls(options.iceServers())));
        }
        return FfiRequest.newBuilder()
                .setConnect(ConnectRequest.newBuilder()
                        .setUrl(url)
                        .setToken(token)
                        .setOptions(room)
                        .setRequestAsyncId(asyncId))
                .build();
    }

    /**
     * The library says in words alone what went wrong, so the server is asked: does it answer, and does it accept the token?
     */
    private LiveKitException failure(String url, String token, LiveKitException.Reason otherwise, String detail)
            throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(LiveKitAccess.httpUrl(url) + "/rtc/validate"))
                .header("Authorization", "Bearer " + token)
                .timeout(ASK_LIMIT)
                .build();
        try {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return switch (status / 100) {
                case 2 -> new LiveKitException(otherwise, "joining failed although the token is accepted: " + detail);
                case 4 ->
                    new LiveKitException(
                            LiveKitException.Reason.REFUSED, "the LiveKit server refuses the token: HTTP " + status);
                default ->
                    new LiveKitException(
                            LiveKitException.Reason.UNREACHABLE, "the LiveKit server does not work: HTTP " + status);
            };
        } catch (IOException e) {
            return new LiveKitException(
                    LiveKitException.Reason.UNREACHABLE, "the LiveKit server does not answer at " + url + ": " + e);
        }
    }
}
