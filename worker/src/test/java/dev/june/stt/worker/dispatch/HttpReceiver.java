package dev.june.stt.worker.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A receiver on loopback, on bare sockets so that it can also behave as no HTTP server would. */
final class HttpReceiver implements AutoCloseable {
    private final ServerSocket server;
    private final Function<Request, Reply> behaviour;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    record Request(Instant at, Map<String, String> headers, byte[] body) {
        String id() {
            return header("webhook-id");
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    sealed interface Reply {
        record Status(int code, String headers) implements Reply {}

        /** The connection is reset instead of an answer. */
        record Reset() implements Reply {}

        /** No answer, as long as this receiver lives. */
        record Hang() implements Reply {}

        Reply OK = new Status(204, "");

        static Reply status(int code) {
            return new Status(code, "");
        }
    }

    HttpReceiver(Function<Request, Reply> behaviour) {
        this.behaviour = behaviour;
        try {
            this.server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/finals?from=june";
    }

    /** In the order in which they came. */
    List<Request> requests() {
        return requests;
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (Request request = read(in); request != null; request = read(in)) {
                requests.add(request);
                switch (behaviour.apply(request)) {
                    case Reply.Status(int code, String headers) -> answer(socket.getOutputStream(), code, headers);
                    case Reply.Reset _ -> {
                        socket.setSoLinger(true, 0);
                        return;
                    }
                    case Reply.Hang _ -> closed.await();
                }
            }
        } catch (SocketException e) {
            // the other side went away
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(OutputStream out, int code, String headers) throws IOException {
        String length = code == 204 ? "" : "Content-Length: 3\r\n";
        String body = code == 204 ? "" : "hm\n";
        out.write(("HTTP/1.1 " + code + " Whatever\r\n" + headers + length + "\r\n" + body).getBytes(ISO_8859_1));
        out.flush();
    }

    private static @Nullable Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new HashMap<>();
        headers.put(":request", first);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
        return new Request(Instant.now(), Map.copyOf(headers), body);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
