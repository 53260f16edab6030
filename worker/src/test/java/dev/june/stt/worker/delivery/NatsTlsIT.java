package dev.june.stt.worker.delivery;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.testing.NatsServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real NATS server with TLS: the worker trusts the authority in its Secret, and no other. */
class NatsTlsIT {
    private static final String PASSWORD = "changeit";

    @TempDir
    Path folder;

    @Test
    void theAuthorityInTheSecretIsTrustedAndAnotherIsNot() throws Exception {
        Path right = certificate("right");
        Path own = Files.createDirectories(folder.resolve("nats"));
        String tls = "tls {cert_file: \"%s\", key_file: \"%s\"}\n"
                .formatted(right.resolve("ca.crt"), right.resolve("tls.key"));
        try (NatsServer server = new NatsServer(own, NatsServer.jetStream(own) + tls)) {
            Delivery.Nats nats = new Delivery.Nats(server.url().replace("nats://", "tls://"), null, 1);
            AtomicReference<NatsLink> never = new AtomicReference<>();
            Path wrong = certificate("wrong");
            Thread refused = Thread.ofVirtual().start(() -> {
                try {
                    never.set(NatsLink.open(nats, wrong, "wrong"));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // it would try for ever
                }
            });
            await(() -> log(own).contains("TLS handshake error"));
            assertThat(never.get()).isNull();
            refused.interrupt();
            try (NatsLink link = NatsLink.open(nats, right, "right")) {
                await(link::isConnected);
                assertThat(link.connection().getServerInfo().isTLSRequired()).isTrue();
            }
        }
    }

    /** A folder as the mounted Secret is: the certificate that signed itself is its own authority. */
    private Path certificate(String name) throws Exception {
        Path secret = Files.createDirectories(folder.resolve(name));
        Path store = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "nats",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        Key key = keys.getKey("nats", PASSWORD.toCharArray());
        Files.writeString(
                secret.resolve("ca.crt"),
                pem("CERTIFICATE", keys.getCertificate("nats").getEncoded()));
        Files.writeString(secret.resolve("tls.key"), pem("PRIVATE KEY", key.getEncoded()));
        return secret;
    }

    private static String pem(String what, byte[] content) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content), what);
    }

    private static String log(Path own) throws Exception {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(own)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".log")).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }
}
