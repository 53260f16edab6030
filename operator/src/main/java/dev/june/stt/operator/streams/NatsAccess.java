package dev.june.stt.operator.streams;

import dev.june.stt.operator.probe.SecretState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a NATS server is and as whom to talk to it. Equal accesses share a connection. */
public record NatsAccess(
        String url,
        @Nullable Credentials credentials,
        @Nullable String caCertificate) {

    /** One of the ways to say who one is. None of them shows itself in text. */
    public sealed interface Credentials {
        record UserPassword(String user, String password) implements Credentials {
            @Override
            public String toString() {
                return "user " + user;
            }
        }

        record Token(String token) implements Credentials {
            @Override
            public String toString() {
                return "a token";
            }
        }

        /**
         * A JWT and its key.
         *
         * @param content the credentials file, not its name
         */
        record CredentialsFile(String content) implements Credentials {
            @Override
            public String toString() {
                return "a credentials file";
            }
        }
    }

    /** Nobody in particular, and certificates of the system's authorities. */
    public static NatsAccess anonymous(String url) {
        return new NatsAccess(url, null, null);
    }

    /** What the Secret says; empty if it has none of the keys that say who one is, nor {@code ca.crt}. */
    public static Optional<NatsAccess> from(String url, SecretState.Present secret) {
        Optional<Credentials> credentials = secret.text("creds")
                .<Credentials>map(Credentials.CredentialsFile::new)
                .or(() -> secret.text("username")
                        .flatMap(user -> secret.text("password")
                                .map(password -> new Credentials.UserPassword(user.strip(), password.strip()))))
                .or(() -> secret.text("token").map(token -> new Credentials.Token(token.strip())));
        Optional<String> certificate = secret.text("ca.crt");
        if (credentials.isEmpty() && certificate.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new NatsAccess(url, credentials.orElse(null), certificate.orElse(null)));
    }

    @Override
    public String toString() {
        return credentials == null ? url : url + " as " + credentials;
    }
}
