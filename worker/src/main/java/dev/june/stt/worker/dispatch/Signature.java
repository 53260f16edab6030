package dev.june.stt.worker.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.june.stt.config.SigningKey;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The signatures of Standard Webhooks: HMAC-SHA256 over id, time and body with dots between. Pure. */
final class Signature {
    private Signature() {}

    /**
     * The value of {@code webhook-signature}: one signature for each key, so that a receiver may know the old one or the new one.
     *
     * @param epochSeconds the value of {@code webhook-timestamp}
     */
    static String header(List<SigningKey> keys, String id, long epochSeconds, byte[] body) {
        ByteArrayOutputStream content = new ByteArrayOutputStream(body.length + 128);
        content.writeBytes((id + "." + epochSeconds + ".").getBytes(UTF_8));
        content.writeBytes(body);
        byte[] signed = content.toByteArray();
        return keys.stream()
                .map(key -> "v1," + Base64.getEncoder().encodeToString(key.sign(signed)))
                .collect(Collectors.joining(" "));
    }
}
