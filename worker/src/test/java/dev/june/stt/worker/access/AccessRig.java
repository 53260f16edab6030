package dev.june.stt.worker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.access.ApiKey;
import dev.june.stt.config.Access;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.SecretRef;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The running web layer, a key server and NATS; what the tests of access share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AccessRig {
    static final String LIST = "/v1/deadletters";
    static final String UNAUTHORIZED = "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401}";
    static final SecretRef KEYS = new SecretRef("keys");

    @TempDir
    static Path folder;

    private NatsServer server;
    private NatsLink nats;
    Door door;
    Issuer issuer;

    @BeforeAll
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        nats = NatsLink.open(new Delivery.Nats(server.url(), null, 1), folder.resolve("none"), "test");
        await(nats::isConnected);
        Subjects subjects = new Subjects("team-a", "meetings");
        nats.management().addStream(new PipelineStreams(subjects, TestDelivery.settings()).deadLetters());
        issuer = new Issuer();
        door = new Door(folder.resolve("access"), nats, subjects);
    }

    @AfterAll
    void stop() {
        door.close();
        issuer.close();
        nats.close();
        server.close();
    }

    @BeforeEach
    void plenty() {
        door.setAccess(new Access(KEYS, issuer.rules(), List.of()));
        door.setLimits(Door.PLENTY);
    }

    final void assertUnauthorized(String bearer) throws IOException, InterruptedException {
        HttpResponse<String> answer = door.get(LIST, bearer);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).isEqualTo(UNAUTHORIZED);
    }

    final int status(ApiKey key) throws IOException, InterruptedException {
        return door.get(LIST, key.token()).statusCode();
    }

    static Instant inAnHour() {
        return Instant.now().plus(Duration.ofHours(1));
    }

    static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime())
                    .as("the condition did not come true in time")
                    .isLessThan(end);
            Thread.sleep(100);
        }
    }
}
