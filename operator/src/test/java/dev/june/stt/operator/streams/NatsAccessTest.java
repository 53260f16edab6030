package dev.june.stt.operator.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.probe.SecretState;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NatsAccessTest {
    @Test
    void eachKindOfCredentialsIsUnderstood() {
        assertThat(access(Map.of("username", "june\n", "password", "secret\n")))
                .isEqualTo(new NatsAccess.Credentials.UserPassword("june", "secret"));
        assertThat(access(Map.of("token", "t"))).isEqualTo(new NatsAccess.Credentials.Token("t"));
        assertThat(access(Map.of("creds", "jwt and seed")))
                .isEqualTo(new NatsAccess.Credentials.CredentialsFile("jwt and seed"));
    }

    @Test
    void anAuthorityAloneIsEnough() {
        NatsAccess access = NatsAccess.from("tls://nats:4222", secret(Map.of("ca.crt", "PEM")))
                .orElseThrow();
        assertThat(access.credentials()).isNull();
        assertThat(access.caCertificate()).isEqualTo("PEM");
    }

    @Test
    void halfOfThemIsNone() {
        assertThat(NatsAccess.from("nats://nats:4222", secret(Map.of("username", "june"))))
                .isEmpty();
        assertThat(NatsAccess.from("nats://nats:4222", secret(Map.of()))).isEmpty();
    }

    @Test
    void noTextShowsASecret() {
        SecretState.Present secret = secret(Map.of("username", "june", "password", "hunter2"));
        NatsAccess access = NatsAccess.from("nats://nats:4222", secret).orElseThrow();
        assertThat(access.toString()).contains("june").doesNotContain("hunter2");
        assertThat(String.valueOf(access.credentials())).doesNotContain("hunter2");
        assertThat(secret.toString()).doesNotContain("hunter2").doesNotContain(encoded("hunter2"));
        assertThat(new NatsAccess.Credentials.Token("hunter2").toString()).doesNotContain("hunter2");
        assertThat(new NatsAccess.Credentials.CredentialsFile("hunter2").toString())
                .doesNotContain("hunter2");
    }

    private static NatsAccess.@org.jspecify.annotations.Nullable Credentials access(Map<String, String> text) {
        return NatsAccess.from("nats://nats:4222", secret(text)).orElseThrow().credentials();
    }

    private static SecretState.Present secret(Map<String, String> text) {
        return new SecretState.Present(text.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> encoded(entry.getValue()))));
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
