package dev.june.stt.worker.delivery;

import dev.june.stt.config.Delivery;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to NATS. It reconnects by itself, forever, and keeps nothing in memory for later: a publish that fails while the
 * server is away has failed, and its owner tries again with the same id. Any thread.
 */
public final class NatsLink implements AutoCloseable {
    /** How long an answer of the server is waited for. No answer means: unknown. */
    public static final Duration ANSWER = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(NatsLink.class);

    private final Connection connection;

    private NatsLink(Connection connection) {
        this.connection = connection;
    }

    /**
     * Starts connecting; the first connection may take until the server is there.
     *
     * @param secrets folder with the files of the credentials Secret; may be absent
     */
    public static NatsLink open(Delivery.Nats nats, Path secrets, String name) throws InterruptedException {
        return open(nats, secrets, name, Options.DEFAULT_INBOX_PREFIX);
    }

    /** @param inbox prefix of the subjects on which the server answers: a user of one role may listen to no other */
    public static NatsLink open(Delivery.Nats nats, Path secrets, String name, String inbox)
            throws InterruptedException {
        Options.Builder options = new Options.Builder()
                .servers(nats.url().split(","))
                .connectionName(name)
                .inboxPrefix(inbox)
                .maxReconnects(-1)
                .reconnectWait(Duration.ofMillis(500))
                .reconnectBufferSize(0)
                .connectionTimeout(ANSWER)
                .pingInterval(Duration.ofSeconds(5))
                .maxPingsOut(2)
                .useDispatcherWithExecutor()
                .connectionListener((_, event) -> log.info("NATS connection: {}", event))
                .errorListener(new QuietErrors());
        secret(secrets, "username")
                .ifPresent(user ->
                        options.userInfo(user, secret(secrets, "password").orElse("")));
        secret(secrets, "token").ifPresent(token -> options.token(token.toCharArray()));
        if (Files.exists(secrets.resolve("creds"))) {
            options.authHandler(Nats.credentials(secrets.resolve("creds").toString()));
        }
        try {
            if (Files.exists(secrets.resolve("ca.crt"))) {
                options.sslContext(TrustedCa.context(secrets.resolve("ca.crt")));
            }
            return new NatsLink(Nats.connectReconnectOnConnect(options.build()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(secrets.resolve("ca.crt") + ": is no usable certificate", e);
        } catch (IOException e) {
            throw new UncheckedIOException("NATS at " + nats.url() + " cannot be used", e);
        }
    }

    public boolean isConnected() {
        return connection.getStatus() == Connection.Status.CONNECTED;
    }

    /** How often the connection was made anew: what was pulled before may meanwhile belong to somebody else. */
    public long reconnects() {
        return connection.getStatistics().getReconnects();
    }

    public Connection connection() {
        return connection;
    }

    public JetStream jetStream() {
        try {
            return connection.jetStream(
                    JetStreamOptions.builder().requestTimeout(ANSWER).build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public JetStreamManagement management() {
        try {
            return connection.jetStreamManagement(
                    JetStreamOptions.builder().requestTimeout(ANSWER).build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public KeyValue bucket(String name) {
        try {
            return connection.keyValue(
                    name, KeyValueOptions.builder().jsRequestTimeout(ANSWER).build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<String> secret(Path folder, String key) {
        Path file = folder.resolve(key);
        try {
            return Files.exists(file)
                    ? Optional.of(Files.readString(file, StandardCharsets.UTF_8).strip())
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }
}
