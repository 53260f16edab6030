package dev.june.stt.worker.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.june.stt.config.SigningKey;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One attempt over TLS, against a real server whose certificate is for {@code localhost}. */
class WebhookClientIT {
    private static final String PASSWORD = "changeit";

    @TempDir
    Path folder;

    private final AtomicInteger posts = new AtomicInteger();
    private HttpsServer server;
    private SSLContext trusting;

    @BeforeEach
    void start() throws Exception {
        Path file = folder.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "server",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        assertThat(new String(keytool.getInputStream().readAllBytes(), UTF_8) + keytool.waitFor())
                .endsWith("0");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        SSLContext serving = SSLContext.getInstance("TLS");
        serving.init(own.getKeyManagers(), null, null);
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null);
        authorities.setCertificateEntry("server", keys.getCertificate("server"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities);
        trusting = SSLContext.getInstance("TLS");
        trusting.init(null, trust.getTrustManagers(), null);

        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(serving));
        server.createContext("/", exchange -> {
            posts.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void aTrustedCertificateForTheNameIsAccepted() throws Exception {
        assertThat(post(trusting, "localhost", true).kind()).isEqualTo(Answer.Kind.ACCEPTED);
        assertThat(posts).hasValue(1);
    }

    @Test
    void aCertificateForAnotherNameIsNot() throws Exception {
        assertThat(post(trusting, "127.0.0.1", true).kind()).isEqualTo(Answer.Kind.TLS);
        assertThat(posts).hasValue(0);
    }

    @Test
    void aCertificateThatNobodyVouchesForIsNot() throws Exception {
        assertThat(post(SSLContext.getDefault(), "localhost", true).kind()).isEqualTo(Answer.Kind.TLS);
        assertThat(posts).hasValue(0);
    }

    @Test
    void aNameThatLeadsToAPrivateAddressIsRefused() throws Exception {
        assertThat(post(trusting, "localhost", false).kind()).isEqualTo(Answer.Kind.PRIVATE_ADDRESS);
        assertThat(posts).hasValue(0);
    }

    @Test
    void takingThePermissionBackClosesWhatIsOpen() throws Exception {
        try (WebhookClient client = new WebhookClient(Clock.systemUTC(), 4, trusting)) {
            assertThat(client.post(event(), endpoint("localhost", true)).kind()).isEqualTo(Answer.Kind.ACCEPTED);
            assertThat(client.post(event(), endpoint("localhost", false)).kind())
                    .isEqualTo(Answer.Kind.PRIVATE_ADDRESS);
        }
    }

    @Test
    void aNameThatDoesNotExistIsSaid() throws Exception {
        assertThat(post(trusting, "no-such-host.invalid", true).kind()).isEqualTo(Answer.Kind.UNKNOWN_HOST);
    }

    private Answer post(SSLContext tls, String host, boolean allowPrivate) throws Exception {
        try (WebhookClient client = new WebhookClient(Clock.systemUTC(), 4, tls)) {
            return client.post(event(), endpoint(host, allowPrivate));
        }
    }

    private static WebhookEvent event() {
        return new WebhookEvent("a:b:TR_1-000001", Map.of("ce-id", "TR_1-000001"), "{}".getBytes(UTF_8));
    }

    private Endpoint endpoint(String host, boolean allowPrivate) {
        String url = "https://" + host + ":" + server.getAddress().getPort() + "/finals";
        return new Endpoint(
                1, DispatchRig.webhook(url, allowPrivate), URI.create(url), List.of(SigningKey.parse(DispatchRig.KEY)));
    }
}
