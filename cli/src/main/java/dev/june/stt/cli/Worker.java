package dev.june.stt.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A worker's HTTP endpoints. Waits and asks again when it is told to, a few times. */
final class Worker {
    static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration WAIT = Duration.ofMinutes(1);
    private static final int TRIES = 10;

    @Option(
            names = "--server",
            defaultValue = "${env:JUNE_SERVER:-http://localhost:8001}",
            description = "A worker (default: JUNE_SERVER, else http://localhost:8001)")
    private URI server = URI.create("http://localhost:8001");

    @Option(names = "--key-file", description = "File with the API key (default: the variable JUNE_API_KEY)")
    private @Nullable Path keyFile;

    private final Map<String, String> environment;

    Worker(Map<String, String> environment) {
        this.environment = environment;
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return json(send(request(path).GET().build()));
    }

    JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        return json(send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build()));
    }

    byte[] bytes(String path) throws IOException, InterruptedException {
        return send(request(path).GET().build());
    }

    private HttpRequest.Builder request(String path) throws IOException {
        return HttpRequest.newBuilder(server.resolve(path)).timeout(WAIT).header("Authorization", "Bearer " + key());
    }

    private String key() throws IOException {
        String key = keyFile == null
                ? environment.getOrDefault("JUNE_API_KEY", "")
                : Files.readString(keyFile).strip();
        if (!key.matches("[\\x21-\\x7e]+")) {
            throw new June.Mistake("no API key: set JUNE_API_KEY or name a file with --key-file");
        }
        return key;
    }

    private byte[] send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build()) {
            for (int attempt = 1; ; attempt++) {
                HttpResponse<byte[]> answer = ask(http, request);
                int status = answer.statusCode();
                if (status == 200) {
                    return answer.body();
                }
                if ((status != 429 && status != 503) || attempt == TRIES) {
                    throw new June.Mistake(refusal(status, answer.body()));
                }
                long seconds = answer.headers().firstValueAsLong("Retry-After").orElse(1);
                Thread.sleep(Duration.ofSeconds(Math.clamp(seconds, 1, 60)));
            }
        }
    }

    private HttpResponse<byte[]> ask(HttpClient http, HttpRequest request) throws IOException, InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            throw new June.Mistake(server + " cannot be reached: name a worker with --server");
        }
    }

    private String refusal(int status, byte[] body) {
        return server + " answered " + status
                + switch (status) {
                    case 401 -> ": the key is not known there or has expired";
                    case 403 -> ": the key lacks the scope for this";
                    default -> detail(body);
                };
    }

    private static String detail(byte[] body) {
        try {
            return ": " + JSON.readTree(body).path("detail").asString("no reason given");
        } catch (JacksonException e) {
            return "";
        }
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            throw new June.Mistake("the answer is no JSON: is this a worker?");
        }
    }
}
