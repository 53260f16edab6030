package dev.june.stt.worker.access;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.access.ApiKey;
import dev.june.stt.access.Scope;
import dev.june.stt.config.Access;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Who gets in and who does not, by real requests to the running web layer: API keys, rates, origins, noise. */
class AccessIT extends AccessRig {
    @Test
    void withoutConfigurationAllButHealthAndMetricsIsClosed() throws Exception {
        ApiKey key = door.admit("early", Scope.DEAD_LETTERS_READ);
        door.setAccess(new Access(null, null, List.of()));

        assertThat(door.get("/health", null).statusCode()).isEqualTo(200);
        assertThat(door.get("/health/liveness", null).statusCode()).isEqualTo(200);
        assertThat(door.get("/metrics", null).statusCode()).isEqualTo(200);
        for (String path :
                List.of(LIST, LIST + "/1", "/v1/status", "/", "/health/../v1/deadletters", "/env", "/error")) {
            assertThat(door.get(path, null).statusCode()).as(path).isIn(400, 401);
        }
        for (String bearer : List.of(
                key.token(), issuer.sign(Issuer.claims("deadletters:read").build()))) {
            assertUnauthorized(bearer);
        }
        assertThat(door.post(LIST + "/replay", null, "{\"all\":true}").statusCode())
                .isEqualTo(401);
    }

    @Test
    void aKeyOpensWhatItsScopesSayAndNothingElse() throws Exception {
        ApiKey reader = door.admit("reader", Scope.DEAD_LETTERS_READ);
        ApiKey status = door.admit("status", Scope.STATUS_READ);
        awaitKnown(reader, status);
        String reads = reader.token();
        String other = status.token();

        assertThat(door.get(LIST, reads).statusCode()).isEqualTo(200);
        for (HttpResponse<String> refused : List.of(
                door.get(LIST, other),
                door.get(LIST + "/1/audio", reads),
                door.post(LIST + "/replay", reads, "{\"all\":true}"),
                door.post(LIST + "/1/replay", reads, ""),
                door.get("/v1/status", reads),
                door.get("/v1/else", reads))) {
            assertThat(refused.statusCode()).as(refused.uri().toString()).isEqualTo(403);
            assertThat(refused.body()).isEqualTo("{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403}");
            assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
    }

    @Test
    void aKeyIsRotatedWithoutARestart() throws Exception {
        ApiKey old = ApiKey.random(new SecureRandom());
        ApiKey fresh = ApiKey.random(new SecureRandom());
        String oldLine = Door.record(old, inAnHour(), Scope.DEAD_LETTERS_READ);
        String freshLine = Door.record(fresh, inAnHour(), Scope.DEAD_LETTERS_READ);

        door.write("rotated", oldLine);
        await(() -> status(old) == 200 && status(fresh) == 401);
        door.write("rotated", "# both, until the client has the new one", oldLine, freshLine);
        await(() -> status(old) == 200 && status(fresh) == 200);
        door.write("rotated", freshLine);
        await(() -> status(old) == 401 && status(fresh) == 200);
    }

    @Test
    void anExpiredKeyAndOneWithAnotherSecretAreRefused() throws Exception {
        ApiKey expired = ApiKey.random(new SecureRandom());
        door.write("expired", Door.record(expired, Instant.now().minusSeconds(1), Scope.DEAD_LETTERS_READ));
        ApiKey good = door.admit("good", Scope.DEAD_LETTERS_READ);
        await(() -> status(good) == 200);

        assertUnauthorized(expired.token());
        assertUnauthorized(
                new ApiKey(good.id(), ApiKey.random(new SecureRandom()).secret()).token());
        assertUnauthorized(new ApiKey("aaaaaaaaaaaa", good.secret()).token());
        assertUnauthorized(good.token().substring(0, good.token().length() - 1));
        assertUnauthorized(good.token() + "A");
    }

    @Test
    void aMalformedRecordOpensNothingAndTheOthersGoOn() throws Exception {
        ApiKey good = door.admit("good", Scope.DEAD_LETTERS_READ);
        await(() -> status(good) == 200);
        ApiKey twice = ApiKey.random(new SecureRandom());
        String second = Door.record(ApiKey.random(new SecureRandom()), inAnHour(), Scope.STATUS_READ);
        List<Function<String, List<String>>> mistakes = List.of(
                line -> List.of(line.replace("deadletters:read", "deadletters:all")),
                line -> List.of(line.replace("deadletters:read", "*")),
                line -> List.of(line.replaceAll(" expires=\\S+", "")),
                line -> List.of(line.replace("hash=", "hash= ")),
                line -> List.of(line, second, second.replace("scopes", "scopes ")),
                line -> List.of(line, line, line),
                line -> List.of("\u0001\uffff", line),
                line -> List.of("{\"id\": \"" + line + "\"}"));
        List<ApiKey> keys = new ArrayList<>();
        for (Function<String, List<String>> mistake : mistakes) {
            ApiKey key = ApiKey.random(new SecureRandom());
            String line = Door.record(key, inAnHour(), Scope.DEAD_LETTERS_READ);
            door.write("wrong-" + keys.size(), mistake.apply(line).toArray(String[]::new));
            keys.add(key);
        }
        door.write("one", Door.record(twice, inAnHour(), Scope.DEAD_LETTERS_READ));
        door.write("other", Door.record(twice, inAnHour(), Scope.DEAD_LETTERS_READ));
        ApiKey last = door.admit("last", Scope.DEAD_LETTERS_READ);
        await(() -> status(last) == 200); // all of it is read

        for (ApiKey key : keys) {
            assertUnauthorized(key.token());
        }
        assertUnauthorized(twice.token());
        assertThat(status(good)).isEqualTo(200);
        Files.delete(folder.resolve("access/other"));
        await(() -> status(twice) == 200);
    }

    @Test
    void withoutAUsablePepperNoKeyIsAccepted() throws Exception {
        ApiKey key = door.admit("peppered", Scope.DEAD_LETTERS_READ);
        await(() -> status(key) == 200);
        Path pepper = folder.resolve("access/pepper");
        byte[] before = Files.readAllBytes(pepper);
        try {
            Files.writeString(pepper, "c2hvcnQ=");
            await(() -> status(key) == 401);
            Files.delete(pepper);
            assertUnauthorized(key.token());
        } finally {
            Files.write(pepper, before);
        }
        await(() -> status(key) == 200);
    }

    @Test
    void aClientThatAsksTooOftenIsToldToWaitAndTheOthersAreNot() throws Exception {
        String busy = door.admit("busy", Scope.DEAD_LETTERS_READ).token();
        String calm = door.admit("calm", Scope.DEAD_LETTERS_READ).token();
        await(() ->
                door.get(LIST, busy).statusCode() == 200 && door.get(LIST, calm).statusCode() == 200);
        door.setLimits(Door.limits(2));

        long start = System.nanoTime();
        List<HttpResponse<String>> answers = manyAtOnce(60, busy);
        long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds() + 2;

        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isIn(200, 429));
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 200).count())
                .isBetween(1L, 2 * seconds);
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 429))
                .allSatisfy(answer ->
                        assertThat(answer.headers().firstValue("Retry-After")).contains("1"));
        assertThat(door.get(LIST, calm).statusCode()).isEqualTo(200);
        await(() -> door.get(LIST, busy).statusCode() == 200);
    }

    @Test
    void whoGuessesIsSlowedDown() throws Exception {
        door.setLimits(Door.limits(1));
        List<HttpResponse<String>> answers = manyAtOnce(60, "guess");
        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isIn(401, 429));
        assertThat(answers).anySatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(429));
        assertThat(door.get("/health", null).statusCode()).isEqualTo(200);
    }

    @Test
    void pagesOfAllowedOriginsAloneMayCall() throws Exception {
        String key = door.admit("page", Scope.DEAD_LETTERS_READ).token();
        await(() -> door.get(LIST, key).statusCode() == 200);
        door.setAccess(new Access(KEYS, null, List.of("https://console.example.com")));

        HttpResponse<String> preflight = door.send(door.request(LIST, null)
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", "https://console.example.com")
                .header("Access-Control-Request-Method", "GET")
                .header("Access-Control-Request-Headers", "authorization"));
        assertThat(preflight.statusCode()).isEqualTo(200);
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                .contains("https://console.example.com");
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();

        for (String origin : List.of("https://evil.example.com", "https://console.example.com.evil.com", "null")) {
            HttpResponse<String> refused =
                    door.send(door.request(LIST, key).GET().header("Origin", origin));
            assertThat(refused.statusCode()).as(origin).isEqualTo(403);
            assertThat(refused.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @Test
    void anOversizedHeaderIsRefusedAndTheNextRequestAnswered() throws Exception {
        String key = door.admit("sized", Scope.DEAD_LETTERS_READ).token();
        await(() -> door.get(LIST, key).statusCode() == 200);

        assertThat(raw("Authorization: Bearer " + "a".repeat(200_000))).matches("HTTP/1.1 4\\d\\d .*");
        assertThat(raw("Authorization: Bearer " + key + "\r\nX-Padding: " + "a".repeat(100_000)))
                .matches("HTTP/1.1 4\\d\\d .*");
        assertThat(door.get(LIST, key).statusCode()).isEqualTo(200);
    }

    @Test
    void noisyCredentialsNeverGetInAndNeverBreakAnything() throws Exception {
        long seed = new SecureRandom().nextLong();
        System.out.println("seed: " + seed);
        Random random = new Random(seed);
        String token = issuer.sign(Issuer.claims("deadletters:read").build());
        String key = door.admit("noisy", Scope.DEAD_LETTERS_READ).token();
        for (int i = 0; i < 150; i++) {
            String credentials = switch (i % 5) {
                case 0 -> "Bearer " + noise(random);
                case 1 -> noise(random) + " " + token;
                case 2 -> "Bearer " + mangled(token, random);
                case 3 -> "Bearer " + mangled(key, random);
                default ->
                    "Basic " + Base64.getEncoder().encodeToString(noise(random).getBytes(StandardCharsets.UTF_8));
            };
            assertThat(raw("Authorization: " + credentials))
                    .as("seed %d, number %d: %s", seed, i, credentials)
                    .matches("HTTP/1.1 4\\d\\d .*");
        }
    }

    private List<HttpResponse<String>> manyAtOnce(int count, String bearer) throws Exception {
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<HttpResponse<String>>> asked = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                asked.add(pool.submit(() -> door.get(LIST, bearer)));
            }
            for (Future<HttpResponse<String>> each : asked) {
                answers.add(each.get());
            }
        }
        return answers;
    }

    /** The first line of the answer to a request that a well-behaved client would not send. */
    private String raw(String header) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
            socket.setSoTimeout(60_000);
            byte[] request = ("GET " + LIST + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1);
            try {
                socket.getOutputStream().write(request);
            } catch (IOException e) {
                // the server need not read all of it before it refuses
            }
            InputStream in = socket.getInputStream();
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next >= 0 && next != '\r'; next = in.read()) {
                line.append((char) next);
            }
            return line + " ";
        }
    }

    private static String noise(Random random) {
        StringBuilder text = new StringBuilder();
        int length = 1 + random.nextInt(300);
        for (int i = 0; i < length; i++) {
            char next = (char) (1 + random.nextInt(255));
            text.append(next == '\r' || next == '\n' ? ' ' : next);
        }
        return text.toString();
    }

    /** The same with one character changed in the middle, where no padding hides it. */
    private static String mangled(String token, Random random) {
        int at = 10 + random.nextInt(token.length() - 20);
        char other = token.charAt(at) == 'A' ? 'B' : 'A';
        return token.substring(0, at) + other + token.substring(at + 1);
    }
}
