package dev.june.stt.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A nats-server with JetStream on loopback. It can be stopped and started again on the same port and the same storage. */
public final class NatsServer implements AutoCloseable {
    private final int port = Daemon.freePort();
    private final Path folder;
    private Daemon daemon;

    public NatsServer(Path folder) {
        this.folder = folder;
        this.daemon = launch();
    }

    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    public void kill() {
        daemon.kill();
    }

    public void restart() {
        daemon.close();
        daemon = launch();
    }

    private Daemon launch() {
        return Daemon.start(
                        "nats-server",
                        folder,
                        Map.of(),
                        List.of(
                                Setup.path("nats.server").toString(),
                                "--addr",
                                "127.0.0.1",
                                "--port",
                                Integer.toString(port),
                                "--jetstream",
                                "--store_dir",
                                folder.resolve("jetstream").toString()))
                .await(Duration.ofSeconds(60), () -> Daemon.accepts(port));
    }

    @Override
    public void close() {
        daemon.close();
    }
}
