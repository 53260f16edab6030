package dev.june.stt.worker.livekit;

import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import livekit.LivekitAgentDispatch.AgentDispatch;
import livekit.LivekitAgentDispatch.CreateAgentDispatchRequest;
import livekit.LivekitModels;
import livekit.LivekitRoom.ListParticipantsRequest;
import livekit.LivekitRoom.ListParticipantsResponse;
import livekit.LivekitRoom.ListRoomsRequest;
import livekit.LivekitRoom.ListRoomsResponse;

/**
 * What the LiveKit server knows about rooms, and the tokens to join them on our own account: for rooms that nobody listens to,
 * because the server hands a dead worker's rooms to nobody. Every call takes 5 s at most. Any thread.
 */
public final class LiveKitRooms {
    private static final Duration TOKEN_LIFE = Duration.ofHours(1);

    private final Twirp twirp;
    private final Supplier<LiveKitAccess> access;
    private final AccessTokens tokens = new AccessTokens(InstantSource.system());

    /** @param access asked at every call, so that a rotated key is taken up */
    public LiveKitRooms(HttpClient http, Supplier<LiveKitAccess> access) {
        this.twirp = new Twirp(http);
        this.access = access;
    }

    /** @param participants those who can be seen; we are hidden and do not count */
    public record OpenRoom(String name, String sid, int participants) {}

    public record Occupant(String identity, String sid, boolean hidden) {}

    /** @throws LiveKitException if the server does not tell */
    public List<OpenRoom> open() throws InterruptedException {
        LiveKitAccess server = access.get();
        return twirp
                .call(
                        server,
                        tokens.roomList(server),
                        "livekit.RoomService/ListRooms",
                        ListRoomsRequest.getDefaultInstance(),
                        ListRoomsResponse.parser())
                .getRoomsList()
                .stream()
                .map(room -> new OpenRoom(room.getName(), room.getSid(), room.getNumParticipants()))
                .toList();
    }

    /**
     * Who is in a room, the hidden included.
     *
     * @throws LiveKitException if the server does not tell
     */
    public List<Occupant> occupants(String room) throws InterruptedException {
        LiveKitAccess server = access.get();
        return twirp
                .call(
                        server,
                        tokens.roomAdmin(server, room),
                        "livekit.RoomService/ListParticipants",
                        ListParticipantsRequest.newBuilder().setRoom(room).build(),
                        ListParticipantsResponse.parser())
                .getParticipantsList()
                .stream()
                .map(LiveKitRooms::occupant)
                .toList();
    }

    /**
     * Asks the server to offer a room to the workers registered under this name. It answers well even if none of them can take it,
     * and does not try again later.
     *
     * @throws LiveKitException if the server does not take the request; a timeout means unknown
     */
    public void dispatch(String room, String agentName, String metadata) throws InterruptedException {
        LiveKitAccess server = access.get();
        twirp.call(
                server,
                tokens.roomAdmin(server, room),
                "livekit.AgentDispatchService/CreateDispatch",
                CreateAgentDispatchRequest.newBuilder()
                        .setRoom(room)
                        .setAgentName(agentName)
                        .setMetadata(metadata)
                        .build(),
                AgentDispatch.parser());
    }

    /**
     * To join a room hidden, subscribe-only and as an agent, so that we do not keep the room open. Whoever joins under an identity
     * that is in the room evicts the one who was there.
     */
    public String listenerToken(String room, String identity) {
        return tokens.listener(access.get(), room, identity, TOKEN_LIFE);
    }

    private static Occupant occupant(LivekitModels.ParticipantInfo info) {
        return new Occupant(
                info.getIdentity(), info.getSid(), info.getPermission().getHidden());
    }
}
