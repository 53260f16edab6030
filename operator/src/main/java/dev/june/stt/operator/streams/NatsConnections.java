package dev.june.stt.operator.streams;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.transcript.Subjects;
import io.nats.client.AuthHandler;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's connections to NATS: one for each access that a pipeline uses, opened when first needed, closed when no pipeline uses it
 * any more. A server that cannot be reached is not tried again by every pipeline in turn: for a few seconds they all get the
 * first one's answer. Any thread; {@link #with} blocks for at most {@link #CONNECT} before the work begins.
 */
final class NatsConnections implements AutoCloseable {
    static final Duration CONNECT = Duration.ofSeconds(4);

    private static final Logger LOG = LoggerFactory.getLogger(NatsConnections.class);
    private static final Duration FAILURE_HOLDS = Duration.ofSeconds(3);
    private static final int MAX_CONNECTIONS = 256;

    @GuardedBy("this")
    private final Map<NatsAccess, Shared> connections = new HashMap<>();

    /** Something to do with a connection; it must limit its own time. */
    interface Work<T> {
        T with(Connection connection) throws IOException, JetStreamApiException, InterruptedException;
    }

    <T> T with(NatsAccess access, Work<T> work) throws IOException, JetStreamApiException, InterruptedException {
        return work.with(shared(access).connection());
    }

    /** Closes every connection that is for none of these accesses. */
    void retain(Set<NatsAccess> used) {
        Map<NatsAccess, Shared> unused;
        synchronized (this) {
            unused = new HashMap<>(connections);
            unused.keySet().removeAll(used);
            connections.keySet().removeAll(unused.keySet());
        }
        unused.values().forEach(Shared::close);
    }

    @Override
    public void close() {
        retain(Set.of());
    }

    private synchronized Shared shared(NatsAccess access) throws IOException {
        Shared shared = connections.get(access);
        if (shared == null) {
            if (connections.size() >= MAX_CONNECTIONS) {
                throw new IOException("the operator is connected to " + MAX_CONNECTIONS
                        + " NATS servers or accounts already, and that is its limit");
            }
            shared = new Shared(access);
            connections.put(access, shared);
        }
        return shared;
    }

    /** One connection; while it is being opened, others wait for the outcome. */
    private static final class Shared {
        private final NatsAccess access;

        @GuardedBy("this")
        private @Nullable Connection connection;

        @GuardedBy("this")
        private @Nullable IOException failure;

        @GuardedBy("this")
        private long failedAtNanos;

        @GuardedBy("this")
        private boolean closed;

        Shared(NatsAccess access) {
            this.access = access;
        }

        synchronized Connection connection() throws IOException, InterruptedException {
            if (closed) {
                throw new IOException("the connection is no longer needed");
            }
            if (connection != null && connection.getStatus() != Connection.Status.CLOSED) {
                if (connection.getStatus() != Connection.Status.CONNECTED) {
                    throw new IOException("the connection is lost and is being opened again");
                }
                return connection;
            }
            if (failure != null && System.nanoTime() - failedAtNanos < FAILURE_HOLDS.toNanos()) {
                throw failure;
            }
            Log log = new Log();
            try {
                connection = Nats.connect(options(access, log));
                failure = null;
                return connection;
            } catch (IOException e) {
                failure = log.explained(e);
                failedAtNanos = System.nanoTime();
                throw failure;
            }
        }

        synchronized void close() {
            closed = true;
            if (connection != null) {
                try {
                    connection.close();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private static Options options(NatsAccess access, ErrorListener listener) throws IOException {
        Options.Builder options = new Options.Builder()
                .server(access.url())
                .connectionName("june-stt-operator")
                .inboxPrefix(Subjects.OPERATOR_INBOX)
                .connectionTimeout(CONNECT)
                .maxReconnects(-1)
                .reconnectWait(Duration.ofSeconds(2))
                .reconnectBufferSize(0)
                .advancedRequestBehavior()
                .errorListener(listener);
        try {
            switch (access.credentials()) {
                case null -> {}
                case NatsAccess.Credentials.UserPassword(var user, var password) ->
                    options.userInfo(user.toCharArray(), password.toCharArray());
                case NatsAccess.Credentials.Token(var token) -> options.token(token.toCharArray());
                case NatsAccess.Credentials.CredentialsFile(var content) -> options.authHandler(handler(content));
            }
            if (access.caCertificate() != null) {
                options.sslContext(trusting(access.caCertificate()));
            }
            return options.build();
        } catch (IllegalArgumentException e) {
            throw new UnusableCredentials("the address or the credentials cannot be used: " + e.getMessage(), e);
        }
    }

    private static AuthHandler handler(String credentials) throws UnusableCredentials {
        AuthHandler handler = Nats.staticCredentials(credentials.getBytes(StandardCharsets.UTF_8));
        try {
            handler.sign(new byte[] {1});
            return handler;
        } catch (IllegalStateException e) {
            throw new UnusableCredentials("creds: expected a user's JWT and its seed, as in a credentials file", e);
        }
    }

    private static SSLContext trusting(String certificates) throws IOException {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(certificates.getBytes(StandardCharsets.UTF_8)))) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (CertificateException e) {
            throw new UnusableCredentials("ca.crt is not a certificate in PEM form: " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has X.509 and TLS", e);
        }
    }

    /** What the Secret contains cannot be used at all: no server has been asked. */
    static final class UnusableCredentials extends IOException {
        UnusableCredentials(String message, Exception cause) {
            super(message, cause);
        }
    }

    /** What jnats would write to java.util.logging by default; and why it could not connect, which its exception does not tell. */
    private static final class Log implements ErrorListener {
        private volatile @Nullable Exception last;

        IOException explained(IOException e) {
            Exception why = last;
            return e instanceof AuthenticationException || e instanceof UnusableCredentials || why == null
                    ? e
                    : new IOException(why.toString(), why);
        }

        @Override
        public void errorOccurred(Connection connection, String error) {
            LOG.atDebug().addKeyValue("error", error).log("NATS reported an error");
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception e) {
            last = e;
            LOG.atDebug().setCause(e).log("The NATS connection had an exception");
        }
    }
}
