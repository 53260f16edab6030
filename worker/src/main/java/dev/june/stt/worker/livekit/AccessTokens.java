package dev.june.stt.worker.livekit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.json.JsonMapper;

/**
 * LiveKit access tokens: JWTs signed with HMAC-SHA256. Ours because the server SDK for Java cannot set the participant's kind, and
 * only an agent is passed over when the server decides whether a room is empty. Any thread.
 */
final class AccessTokens {
    private static final Duration REQUEST_LIFE = Duration.ofMinutes(10);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final InstantSource clock;

    AccessTokens(InstantSource clock) {
        this.clock = clock;
    }

    /** To join one room as an unseen listener. The server renews it for as long as we are in the room. */
    String listener(LiveKitAccess access, String room, String identity, Duration life) {
        Map<String, Object> grants = Map.of(
                "roomJoin", true,
                "room", room,
                "hidden", true,
                "agent", true,
                "canSubscribe", true,
                "canPublish", false,
                "canPublishData", false);
        return sign(access, Map.of("sub", identity, "kind", "agent", "video", grants), life);
    }

    /** To register as an agent worker. */
    String worker(LiveKitAccess access) {
        return sign(access, Map.of("video", Map.of("agent", true)), REQUEST_LIFE);
    }

    /** To ask for the list of rooms. */
    String roomList(LiveKitAccess access) {
        return sign(access, Map.of("video", Map.of("roomList", true)), REQUEST_LIFE);
    }

    /** To look into one room and to dispatch agents to it. */
    String roomAdmin(LiveKitAccess access, String room) {
        return sign(access, Map.of("video", Map.of("roomAdmin", true, "room", room)), REQUEST_LIFE);
    }

    String sign(LiveKitAccess access, Map<String, Object> claims, Duration life) {
        Instant now = clock.instant();
        Map<String, Object> all = new LinkedHashMap<>(claims);
        all.put("iss", access.apiKey());
        all.put("nbf", now.minusSeconds(30).getEpochSecond()); // clocks differ a little
        all.put("exp", now.plus(life).getEpochSecond());
        String content = base64(Map.of("alg", "HS256", "typ", "JWT")) + "." + base64(all);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(access.apiSecret().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return content + "." + BASE64.encodeToString(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has HmacSHA256", e);
        }
    }

    private static String base64(Map<String, Object> json) {
        return BASE64.encodeToString(JSON.writeValueAsBytes(json));
    }
}
