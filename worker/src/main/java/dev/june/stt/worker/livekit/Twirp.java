package dev.june.stt.worker.livekit;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Calls of LiveKit's server API: a protobuf message there and one back, over HTTP (the Twirp protocol). Any thread. */
final class Twirp {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int ANSWER_LIMIT_BYTES = 32 << 20;
    private static final int QUOTED = 200;

    private final HttpClient http;

    Twirp(HttpClient http) {
        this.http = http;
    }

    /**
     * @param method the service and its method, {@code livekit.RoomService/ListRooms}
     * @throws LiveKitException if there is no good answer
     */
    <T> T call(LiveKitAccess access, String token, String method, Message request, Parser<T> answer)
            throws InterruptedException {
        HttpRequest post = HttpRequest.newBuilder(URI.create(access.httpUrl() + "/twirp/" + method))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/protobuf")
                .POST(HttpRequest.BodyPublishers.ofByteArray(request.toByteArray()))
                .build();
        try {
            HttpResponse<byte[]> response = http.send(
                    post,
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), ANSWER_LIMIT_BYTES));
            if (response.statusCode() != 200) {
                throw failure(method, response);
            }
            return answer.parseFrom(response.body());
        } catch (InvalidProtocolBufferException e) {
            throw new LiveKitException(
                    LiveKitException.Reason.FAILED, method + ": the answer is not the message we expect", e);
        } catch (IOException e) {
            throw new LiveKitException(
                    LiveKitException.Reason.UNREACHABLE, method + ": no answer from " + access.httpUrl() + ": " + e, e);
        }
    }

    private static LiveKitException failure(String method, HttpResponse<byte[]> response) {
        int status = response.statusCode();
        String text = new String(response.body(), StandardCharsets.UTF_8);
        String detail = method + ": HTTP " + status + " " + text.substring(0, Math.min(text.length(), QUOTED));
        return new LiveKitException(
                switch (status) {
                    case 401, 403 -> LiveKitException.Reason.REFUSED;
                    case 404 -> LiveKitException.Reason.NOT_FOUND;
                    case 502, 503, 504 -> LiveKitException.Reason.UNREACHABLE;
                    default -> LiveKitException.Reason.FAILED;
                },
                detail);
    }
}
