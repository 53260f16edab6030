package dev.june.stt.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A livekit-server that listens on loopback alone, with a throw-away key. */
public final class LiveKitServer implements AutoCloseable {
    public static final String API_KEY = "devkey";
    public static final String API_SECRET = "devsecretdevsecretdevsecretdevsecret";

    private final int port = Ports.next();
    private final Path folder;
    private final Path config;
    private Daemon daemon;

    public LiveKitServer(Path folder) {
        this.folder = folder;
        this.config = folder.resolve("livekit.yaml");
        try {
            // The interface list matters: without it the server binds every interface in spite of bind_addresses.
            Files.writeString(config, """
                    port: %d
                    bind_addresses: ["127.0.0.1"]
                    rtc:
                      tcp_port: 0
                      udp_port: %d
                      use_external_ip: false
                      node_ip: 127.0.0.1
                      enable_loopback_candidate: true
                      interfaces: {includes: [lo]}
                      ips: {includes: ["127.0.0.0/8"]}
                    keys: {%s: %s}
                    logging: {level: info}
                    room: {auto_create: true, empty_timeout: 30, departure_timeout: 5}
                    """.formatted(port, Ports.next(), API_KEY, API_SECRET));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.daemon = launch();
    }

    public String url() {
        return "ws://127.0.0.1:" + port;
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
                        "livekit-server",
                        folder,
                        Map.of(),
                        List.of(Setup.path("livekit.server").toString(), "--config", config.toString()))
                .await(Duration.ofMinutes(3), () -> Daemon.accepts(port));
    }

    @Override
    public void close() {
        daemon.close();
    }
}
