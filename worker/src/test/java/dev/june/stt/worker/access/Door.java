package dev.june.stt.worker.access;

import dev.june.stt.access.ApiKey;
import dev.june.stt.access.ApiKeyRecord;
import dev.june.stt.access.Scope;
import dev.june.stt.config.Access;
import dev.june.stt.config.Limits;
import dev.june.stt.config.SecretRef;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.deadletters.DeadLetterWiring;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.room.Roster;
import dev.june.stt.worker.status.StatusSource;
import dev.june.stt.worker.status.StatusWiring;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;

/** The worker's real web layer on a port of its own, without rooms and models; what decides about access can be changed under it. */
public final class Door implements AutoCloseable {
    public static final Limits PLENTY = limits(10_000);

    private static final byte[] PEPPER = new SecureRandom().generateSeed(32);

    private final Path keys;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(30))
            .build();
    private final ConfigurableApplicationContext context;
    private volatile Access access = new Access(new SecretRef("keys"), null, List.of());
    private volatile Limits limits = PLENTY;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({AccessWiring.class, DeadLetterWiring.class, StatusWiring.class})
    static class Parts {}

    /**
     * @param keys folder of the Secret
     */
    public Door(Path keys, NatsLink nats, Subjects subjects) throws IOException {
        this(
                keys,
                nats,
                subjects,
                new StatusSource(
                        () -> new WorkerReport("worker-1", 1, true, 0, 0, null, null), new Roster(Clock.systemUTC())));
    }

    public Door(Path keys, NatsLink nats, Subjects subjects, StatusSource status) throws IOException {
        this.keys = keys;
        Files.createDirectories(keys);
        Files.writeString(keys.resolve("pepper"), Base64.getEncoder().encodeToString(PEPPER));
        this.context = new SpringApplicationBuilder(Parts.class)
                .initializers(started -> {
                    var beans = (GenericApplicationContext) started;
                    beans.registerBean(Clock.class, Clock::systemUTC);
                    beans.registerBean(NatsLink.class, () -> nats, definition -> definition.setDestroyMethodName(""));
                    beans.registerBean(Subjects.class, () -> subjects);
                    beans.registerBean(StatusSource.class, () -> status);
                    beans.registerBean(
                            AccessSettings.class, () -> new AccessSettings(() -> access, () -> limits, keys));
                })
                .run("--server.port=0", "--management.endpoint.health.validate-group-membership=false");
    }

    public int port() {
        return Integer.parseInt(String.valueOf(context.getEnvironment().getProperty("local.server.port")));
    }

    public void setAccess(Access changed) {
        access = changed;
    }

    public void setLimits(Limits changed) {
        limits = changed;
    }

    public static Limits limits(int requestsPerSecond) {
        return new Limits(0, 50, 2, 10, requestsPerSecond);
    }

    /** Puts a client with one good key into the Secret. */
    public ApiKey admit(String client, Scope... scopes) throws IOException {
        ApiKey key = ApiKey.random(new SecureRandom());
        write(client, record(key, Instant.now().plusSeconds(3_600), scopes));
        return key;
    }

    static String record(ApiKey key, Instant expires, Scope... scopes) {
        return ApiKeyRecord.of(key, PEPPER, Set.of(scopes), expires).line();
    }

    void write(String client, String... lines) throws IOException {
        Files.writeString(keys.resolve(client), String.join("\n", lines) + "\n");
    }

    public HttpResponse<String> get(String path, @Nullable String bearer) throws IOException, InterruptedException {
        return http.send(request(path, bearer).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    public HttpResponse<byte[]> bytes(String path, String bearer) throws IOException, InterruptedException {
        return http.send(request(path, bearer).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    public HttpResponse<String> post(String path, @Nullable String bearer, String body)
            throws IOException, InterruptedException {
        return http.send(
                request(path, bearer)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String path, @Nullable String bearer) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofMinutes(2));
        return bearer == null ? request : request.header("Authorization", "Bearer " + bearer);
    }

    @Override
    public void close() {
        context.close();
        http.close();
    }
}
