package dev.june.stt.worker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.access.ApiKey;
import dev.june.stt.config.Access;
import dev.june.stt.config.SecretRef;
import dev.june.stt.worker.faults.PipelineOnNats;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** What the tests of access share: a key server besides. */
abstract class AccessRig extends DoorRig {
    static final String LIST = "/v1/deadletters";
    static final String UNAUTHORIZED = "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401}";
    static final SecretRef KEYS = new SecretRef("keys");

    Issuer issuer;

    @BeforeAll
    void startIssuer() throws Exception {
        issuer = new Issuer();
    }

    @AfterAll
    void stopIssuer() {
        issuer.close();
    }

    @BeforeEach
    void plenty() throws Exception {
        door.setAccess(new Access(KEYS, issuer.rules(), List.of()));
        door.setLimits(Door.PLENTY);
        String token = issuer.sign(Issuer.claims("deadletters:read").build());
        PipelineOnNats.await(() -> door.get(LIST, token).statusCode() == 200); // its keys are known
    }

    /** Waits until the worker has read the Secret. */
    final void awaitKnown(ApiKey... keys) throws Exception {
        for (ApiKey key : keys) {
            PipelineOnNats.await(() -> status(key) != 401);
        }
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
}
