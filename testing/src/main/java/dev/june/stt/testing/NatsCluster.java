package dev.june.stt.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Three nats-servers with JetStream that keep every stream three times. Each can be killed and started again. */
public final class NatsCluster implements AutoCloseable {
    private static final int NODES = 3;

    private final List<NatsServer> nodes = new ArrayList<>();

    public NatsCluster(Path folder) {
        List<Integer> routes =
                IntStream.range(0, NODES).mapToObj(_ -> Ports.next()).toList();
        List<String> others =
                routes.stream().map(port -> "nats://127.0.0.1:" + port).toList();
        for (int node = 0; node < NODES; node++) {
            Path own = folder.resolve(name(node));
            try {
                Files.createDirectories(own);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            nodes.add(new NatsServer(
                    own,
                    NatsServer.jetStream(own) + "server_name: " + name(node) + "\n"
                            + "cluster {name: test, listen: \"127.0.0.1:" + routes.get(node) + "\", routes: "
                            + others.stream().map(route -> '"' + route + '"').toList() + "}\n"));
        }
    }

    /** All of them, separated by commas. */
    public String url() {
        return String.join(",", nodes.stream().map(NatsServer::url).toList());
    }

    public NatsServer node(String name) {
        return nodes.get(Integer.parseInt(name.substring(name.indexOf('-') + 1)));
    }

    private static String name(int node) {
        return "node-" + node;
    }

    @Override
    public void close() {
        nodes.forEach(NatsServer::close);
    }
}
