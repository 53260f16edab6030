package dev.june.stt.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A nats-server with JetStream on loopback. It can be stopped and started again on the same port and the same storage. */
public final class NatsServer implements AutoCloseable {
    private final int port = Ports.next();
    private final Path folder;
    private String configuration;
    private Daemon daemon;

    public NatsServer(Path folder) {
        this(folder, jetStream(folder));
    }

    /**
     * @param configuration more lines of the server's configuration file, JetStream included or not
     */
    public NatsServer(Path folder, String configuration) {
        this.folder = folder;
        this.configuration = configuration;
        this.daemon = launch();
    }

    /** The line that turns JetStream on, with its storage in this folder. */
    public static String jetStream(Path folder) {
        return "jetstream {store_dir: \"" + folder.resolve("jetstream") + "\"}\n";
    }

    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public void kill() {
        daemon.kill();
    }

    public void restart() {
        daemon.close();
        daemon = launch();
    }

    public void restart(String otherConfiguration) {
        configuration = otherConfiguration;
        restart();
    }

    private Daemon launch() {
        Path file = folder.resolve("nats.conf");
        try {
            Files.writeString(file, "listen: \"127.0.0.1:" + port + "\"\n" + configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Daemon.start(
                        "nats-server",
                        folder,
                        Map.of(),
                        List.of(Setup.path("nats.server").toString(), "--config", file.toString()))
                .await(Duration.ofMinutes(3), () -> Daemon.accepts(port));
    }

    @Override
    public void close() {
        daemon.close();
    }
}
