package dev.june.stt.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class SigningKeyTest {
    @Test
    void aKeyHas24To64Bytes() {
        assertThat(SigningKey.parse(key(24)).sign(new byte[] {1})).hasSize(32);
        assertThat(SigningKey.parse(" " + key(64) + "\n").toString()).isEqualTo("a signing key");
        assertThatThrownBy(() -> SigningKey.parse(key(23))).hasMessage("expected 24 to 64 bytes in Base64, got 23");
        assertThatThrownBy(() -> SigningKey.parse(key(65))).hasMessage("expected 24 to 64 bytes in Base64, got 65");
    }

    @Test
    void whatIsNoKeyIsSaidWithoutBeingShown() {
        assertThatThrownBy(() -> SigningKey.parse("hunter2"))
                .hasMessageContaining("expected whsec_")
                .message()
                .doesNotContain("hunter2");
        assertThatThrownBy(() -> SigningKey.parse("whsec_hunter2!"))
                .hasMessage("expected Base64 behind whsec_, got other characters")
                .hasNoCause();
    }

    private static String key(int bytes) {
        return "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
    }
}
