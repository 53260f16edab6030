package dev.june.stt.operator.probe;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Asks a LiveKit server for a list of rooms that is empty by construction: that shows that the server is there and takes the key,
 * and costs it nothing. Any thread; a look takes at most 10 s.
 */
public final class LiveKitProbe implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(4);
    private static final Duration ANSWER = Duration.ofSeconds(6);
    private static final String NO_ROOM = "{\"names\":[\"june-stt-operator-probe\"]}";
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final Clock clock;

    public LiveKitProbe(Clock clock) {
        this.clock = clock;
    }

    public LiveKitState look(LiveKitAccess access) {
        try {
            HttpRequest request = HttpRequest.newBuilder(listRooms(access.url()))
                    .timeout(ANSWER)
                    .header("Content-Type", "application/json")
                    .header("Authorization", "Bearer " + token(access))
                    .POST(HttpRequest.BodyPublishers.ofString(NO_ROOM))
                    .build();
            return answered(
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
        } catch (HttpTimeoutException e) {
            return new LiveKitState.Unreachable("no answer within " + ANSWER.toSeconds() + " s");
        } catch (ConnectException e) {
            return new LiveKitState.Unreachable("no connection" + detail(e));
        } catch (IOException e) {
            return new LiveKitState.Unreachable("the connection failed" + detail(e));
        } catch (IllegalArgumentException e) {
            return new LiveKitState.Unreachable("the address is not one that can be called" + detail(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new LiveKitState.Unreachable("the operator is stopping");
        }
    }

    /** Whether that could be a passing fault. */
    public static boolean isDoubtful(LiveKitState state) {
        return state instanceof LiveKitState.Unreachable;
    }

    /** Soon while it fails, so that it heals within seconds. */
    public static Duration again(LiveKitAccess access, LiveKitState state) {
        return switch (state) {
            case LiveKitState.Reachable _ -> Duration.ofSeconds(60);
            case LiveKitState.KeyRefused _, LiveKitState.Unreachable _ -> Duration.ofSeconds(5);
        };
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private static LiveKitState answered(int status) {
        return switch (status) {
            case 200 -> new LiveKitState.Reachable();
            case 401, 403 -> new LiveKitState.KeyRefused();
            default -> new LiveKitState.Unreachable("HTTP status " + status + " where a LiveKit server says 200");
        };
    }

    private static URI listRooms(String url) {
        String http = url.startsWith("wss://") ? "https://" + url.substring(6) : "http://" + url.substring(5);
        String base = http.endsWith("/") ? http.substring(0, http.length() - 1) : http;
        return URI.create(base + "/twirp/livekit.RoomService/ListRooms");
    }

    private static String detail(Exception e) {
        return e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
    }

    /** An access token as LiveKit wants it: a JWT signed with HMAC-SHA256, good for a minute, for the list of rooms alone. */
    private String token(LiveKitAccess access) {
        long now = clock.instant().getEpochSecond();
        String payload = "{\"iss\":" + quoted(access.apiKey()) + ",\"nbf\":" + (now - 60) + ",\"exp\":" + (now + 60)
                + ",\"video\":{\"roomList\":true}}";
        String signed = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + base64(payload);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(access.apiSecret().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return signed + "." + BASE64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }

    private static String base64(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
