package dev.june.stt.worker.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.SigningKey;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignatureTest {
    private static final SigningKey KEY = SigningKey.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final SigningKey OTHER = SigningKey.parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");

    /** The example that the libraries of Standard Webhooks are tested with. */
    @Test
    void isWhatReceiversExpect() {
        assertThat(Signature.header(
                        List.of(KEY),
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1_614_265_330,
                        "{\"test\": 2432232314}".getBytes(UTF_8)))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void everyKeySigns() {
        byte[] body = "{}".getBytes(UTF_8);
        assertThat(Signature.header(List.of(KEY, OTHER), "id", 1, body))
                .isEqualTo(Signature.header(List.of(KEY), "id", 1, body) + " "
                        + Signature.header(List.of(OTHER), "id", 1, body));
    }
}
