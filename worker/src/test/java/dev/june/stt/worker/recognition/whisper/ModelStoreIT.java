package dev.june.stt.worker.recognition.whisper;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.june.stt.config.Model;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreIT {
    private static final byte[] CONTENT = "a model".repeat(100_000).getBytes(java.nio.charset.StandardCharsets.UTF_8);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path cache;

    /** A worker that wants the model, as a process of its own: cache, address, digest. */
    static final class Worker {
        private Worker() {}

        public static void main(String[] arguments) {
            Model model = new Model(
                    "fetched",
                    Model.Source.HTTPS,
                    arguments[1],
                    arguments[2],
                    null,
                    null,
                    "q5_1",
                    "auto",
                    List.of(),
                    List.of(),
                    Model.Device.CPU,
                    1,
                    1);
            Path cache = Path.of(arguments[0]);
            System.out.println("asks");
            new ModelStore(new ModelStore.Folders(cache, cache, cache)).resolve(model);
        }
    }

    @Test
    void ofWorkersThatShareACacheOneFetchesAModel() throws Exception {
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(CONTENT));
        AtomicInteger requests = new AtomicInteger();
        CountDownLatch goOn = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            await(goOn);
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT);
            exchange.close();
        });
        server.start();
        String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/model.bin";
        List<Process> workers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                workers.add(worker(address, sha256));
            }
            // The first one gets nothing before all of them want the model.
            for (Process worker : workers) {
                assertThat(worker.inputReader().readLine()).isEqualTo("asks");
            }
            goOn.countDown();
            for (Process worker : workers) {
                assertThat(worker.waitFor(2, TimeUnit.MINUTES)).isTrue();
                assertThat(worker.exitValue()).isZero();
            }
        } finally {
            workers.forEach(Process::destroyForcibly);
            server.stop(0);
        }
        assertThat(requests).hasValue(1);
        assertThat(Files.readAllBytes(cache.resolve(sha256 + ".bin"))).isEqualTo(CONTENT);
    }

    private Process worker(String address, String sha256) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Worker.class.getName(),
                        cache.toString(),
                        address,
                        sha256)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
