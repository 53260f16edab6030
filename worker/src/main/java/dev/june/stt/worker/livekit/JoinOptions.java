package dev.june.stt.worker.livekit;

import java.time.Duration;
import java.util.List;

/**
 * How to join a room.
 *
 * @param timeout how long the whole join may take. The library cannot be told to stop: it tries for 5 s to reach the server and then
 *     for 15 s to get media, and what it achieves after our timeout is undone, but may have evicted a newer join by then. So the
 *     default is the sum
 * @param iceServers STUN or TURN servers to use, as URLs. Empty takes those that the LiveKit server offers; without a TURN or STUN
 *     server of its own it offers public STUN hosts, and where DNS does not resolve them each join spawns about 20 threads for
 *     10 s. The default is an inert address, right wherever the LiveKit server's media ports can be reached directly.
 */
public record JoinOptions(Duration timeout, List<String> iceServers) {
    public static final JoinOptions DEFAULT = new JoinOptions(Duration.ofSeconds(20), List.of("stun:127.0.0.1:3478"));

    public JoinOptions {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout: expected more than 0, got " + timeout);
        }
        iceServers = List.copyOf(iceServers);
    }
}
