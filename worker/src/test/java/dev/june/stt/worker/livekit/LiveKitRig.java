package dev.june.stt.worker.livekit;

import dev.june.stt.testing.LiveKitServer;
import dev.june.stt.testing.Setup;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import livekit.LivekitModels.TrackInfo;
import livekit.LivekitRoom.DeleteRoomRequest;
import livekit.LivekitRoom.DeleteRoomResponse;
import livekit.LivekitRoom.ListParticipantsRequest;
import livekit.LivekitRoom.ListParticipantsResponse;

/** For tests: a LiveKit server of our own, the native library, and what the worker would make of them. */
final class LiveKitRig implements AutoCloseable {
    final LiveKitServer server;
    final LiveKitLibrary library = LiveKitLibrary.load(Setup.path("livekit.library"));
    final HttpClient http = HttpClient.newHttpClient();
    final LiveKitAccess access;
    final LiveKitClient client = new LiveKitClient(library, http);
    final LiveKitRooms rooms;

    final AtomicBoolean panicked = new AtomicBoolean();

    LiveKitRig(Path folder) {
        library.onPanic(() -> panicked.set(true));
        server = new LiveKitServer(folder);
        access = new LiveKitAccess(server.url(), LiveKitServer.API_KEY, LiveKitServer.API_SECRET);
        rooms = new LiveKitRooms(http, () -> access);
    }

    RoomConnection join(String room, RoomConnection.Listener listener) throws InterruptedException {
        return join(room, "stt", listener);
    }

    RoomConnection join(String room, String identity, RoomConnection.Listener listener) throws InterruptedException {
        return client.join(access.url(), rooms.listenerToken(room, identity), listener, JoinOptions.DEFAULT);
    }

    Speaker speaker(String room, String identity) {
        return Speaker.join(library, access.url(), room, identity);
    }

    /** What the server knows of everybody's tracks. */
    List<TrackInfo> tracks(String room) throws InterruptedException {
        return new Twirp(http)
                        .call(
                                access,
                                new AccessTokens(InstantSource.system()).roomAdmin(access, room),
                                "livekit.RoomService/ListParticipants",
                                ListParticipantsRequest.newBuilder()
                                        .setRoom(room)
                                        .build(),
                                ListParticipantsResponse.parser())
                        .getParticipantsList()
                        .stream()
                        .flatMap(participant -> participant.getTracksList().stream())
                        .toList();
    }

    /** What is closed is free a moment later. */
    void awaitOpenHandles(int count) {
        Await.until(
                () -> library.counts().openHandles() == count,
                Duration.ofMinutes(1),
                () -> count + " open handles, have " + library.counts());
    }

    void deleteRoom(String room) throws InterruptedException {
        String token = new AccessTokens(InstantSource.system())
                .sign(access, Map.of("video", Map.of("roomCreate", true)), Duration.ofMinutes(1));
        new Twirp(http)
                .call(
                        access,
                        token,
                        "livekit.RoomService/DeleteRoom",
                        DeleteRoomRequest.newBuilder().setRoom(room).build(),
                        DeleteRoomResponse.parser());
    }

    @Override
    public void close() {
        http.close();
        server.close();
    }
}
