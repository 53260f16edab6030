package dev.june.stt.worker.recognition.whisper;

import dev.june.stt.worker.recognition.whisper.ModelException.ModelDownloadFailed;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelNotFound;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches a large file over HTTP. What came is kept, and the next try, or the next process, asks for the rest only. A try fails when
 * nothing comes for a while; after some tries without a single new byte it is given up. Whether the bytes are right is the caller's to
 * check. Blocking; any thread.
 */
final class ModelDownload {
    private static final Logger log = LoggerFactory.getLogger(ModelDownload.class);
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final HttpClient client;
    private final Patience patience;

    /**
     * @param tries in a row without a single new byte
     * @param firstPause before the second try; doubled before each further one
     * @param silence a connection on which nothing came for so long is given up
     */
    record Patience(int tries, Duration firstPause, Duration silence) {}

    ModelDownload(HttpClient client, Patience patience) {
        this.client = client;
        this.patience = patience;
    }

    static ModelDownload overHttp() {
        HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        return new ModelDownload(client, new Patience(6, Duration.ofSeconds(1), Duration.ofSeconds(30)));
    }

    /**
     * Brings a file to its whole length.
     *
     * @param file what came of earlier tries, or not there
     * @throws ModelNotFound if the server says that there is no such file for us
     * @throws ModelDownloadFailed if it was given up
     */
    void fetch(URI address, Path file) {
        log.info("Fetching model from {}{}, {} bytes are here", address.getHost(), address.getPath(), size(file));
        int failures = 0;
        Duration pause = patience.firstPause();
        while (true) {
            long before = size(file);
            try {
                tryOnce(address, file, before);
                log.info("Fetched model, {} bytes", size(file));
                return;
            } catch (IOException e) {
                boolean progress = size(file) > before;
                failures = progress ? 1 : failures + 1;
                pause = progress ? patience.firstPause() : pause;
                log.warn("Fetching a model was interrupted at byte {}: {}", size(file), e.toString());
                if (failures == patience.tries()) {
                    throw new ModelDownloadFailed(
                            "model: " + shown(address) + " could not be fetched in " + failures + " tries: " + e, e);
                }
                sleep(pause);
                pause = pause.multipliedBy(2);
            }
        }
    }

    private void tryOnce(URI address, Path file, long from) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(patience.silence());
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        HttpResponse<InputStream> response = send(request.build());
        try (InputStream body = response.body()) {
            switch (response.statusCode()) {
                case OK -> copy(body, file, 0);
                case PARTIAL_CONTENT -> copy(body, file, requestedStart(response, from));
                case RANGE_NOT_SATISFIABLE -> {} // nothing is missing
                case 408, 425, 429, 500, 502, 503, 504 ->
                    throw new IOException("the server answered with status " + response.statusCode());
                default ->
                    throw new ModelNotFound(
                            "model: " + shown(address) + ": the server answered with status " + response.statusCode());
            }
        }
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static long requestedStart(HttpResponse<?> response, long from) throws IOException {
        String range = response.headers().firstValue("Content-Range").orElse("none");
        if (!range.startsWith("bytes " + from + "-")) {
            throw new IOException("Content-Range: expected one from byte " + from + ", got " + range);
        }
        return from;
    }

    /** Closes a body on which nothing comes, which fails the read. */
    private void copy(InputStream body, Path file, long from) throws IOException {
        AtomicLong received = new AtomicLong();
        Thread watchdog = Thread.ofVirtual().start(() -> closeWhenSilent(body, received));
        try (OutputStream out =
                from == 0 ? Files.newOutputStream(file) : Files.newOutputStream(file, StandardOpenOption.APPEND)) {
            byte[] block = new byte[1 << 16];
            for (int read = body.read(block); read >= 0; read = body.read(block)) {
                out.write(block, 0, read);
                received.addAndGet(read);
            }
        } finally {
            watchdog.interrupt();
        }
    }

    private void closeWhenSilent(InputStream body, AtomicLong received) {
        try {
            long before = -1;
            while (received.get() > before) {
                before = received.get();
                Thread.sleep(patience.silence());
            }
            body.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the body came to its end
        } catch (IOException e) {
            log.debug("A silent connection could not be closed", e);
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static ModelDownloadFailed interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ModelDownloadFailed("model: interrupted while it was fetched", e);
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** Without the query, which may carry a signature. */
    private static String shown(URI address) {
        return address.getScheme() + "://" + address.getAuthority() + address.getPath();
    }
}
