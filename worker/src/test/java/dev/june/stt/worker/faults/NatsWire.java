package dev.june.stt.worker.faults;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The cable between a client and its NATS server. It can be cut and mended, and it can do something at the very moment at which a message
 * is published: before the server gets it, or when the server has answered and the client does not know yet. Understands as much of the
 * protocol as that takes. Any thread.
 */
public final class NatsWire implements AutoCloseable {
    private final int server;
    private final ServerSocket listening;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile @Nullable Trap trap;

    /** When a trap closes. */
    public enum Moment {
        /** The server never gets the message. */
        BEFORE,
        /** The server has it; the client never learns. */
        AFTER
    }

    /** Waits for the n-th message published to one of these subjects. */
    private static final class Trap {
        private final Predicate<String> subjects;
        private final Moment moment;
        private final Runnable action;
        private int left;

        Trap(Predicate<String> subjects, int nth, Moment moment, Runnable action) {
            this.subjects = subjects;
            this.left = nth;
            this.moment = moment;
            this.action = action;
        }

        synchronized boolean closesOn(String subject) {
            return subjects.test(subject) && --left == 0;
        }
    }

    public NatsWire(int server) {
        this.server = server;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("wire").start(this::accept);
    }

    public String url() {
        return "nats://127.0.0.1:" + listening.getLocalPort();
    }

    /** Does something at the n-th message from now on, once; what the message is on then goes no further. */
    public void trap(Predicate<String> subjects, int nth, Moment moment, Runnable action) {
        trap = new Trap(subjects, nth, moment, action);
    }

    public void disarm() {
        trap = null;
    }

    /** Nothing goes through, and nobody can connect. */
    public void cut() {
        cut = true;
        sockets.forEach(NatsWire::closeQuietly);
    }

    public boolean isCut() {
        return cut;
    }

    public void mend() {
        cut = false;
    }

    @Override
    public void close() {
        cut();
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                if (cut) {
                    closeQuietly(client);
                } else {
                    connect(client);
                }
            } catch (IOException e) {
                // closed: the loop ends
            }
        }
    }

    private void connect(Socket client) {
        try {
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            Connection connection = new Connection(client, upstream);
            sockets.add(client);
            sockets.add(upstream);
            Thread.ofVirtual().start(() -> connection.guard(connection::fromClient));
            Thread.ofVirtual().start(() -> connection.guard(connection::fromServer));
        } catch (IOException e) {
            closeQuietly(client); // the server is down
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone, which is what was wanted
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private final class Connection {
        private final Socket client;
        private final Socket upstream;
        private volatile @Nullable Trap closing;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void guard(Work work) {
            try {
                work.run();
            } catch (IOException e) {
                // one side is gone: so is the connection
            } finally {
                closeQuietly(client);
                closeQuietly(upstream);
                sockets.remove(client);
                sockets.remove(upstream);
            }
        }

        void fromClient() throws IOException {
            InputStream in = new BufferedInputStream(client.getInputStream(), 1 << 16);
            OutputStream out = new BufferedOutputStream(upstream.getOutputStream(), 1 << 16);
            while (true) {
                byte[] line = line(in);
                String[] words =
                        new String(line, StandardCharsets.US_ASCII).strip().split(" ", -1);
                boolean publishes = words[0].equals("PUB") || words[0].equals("HPUB");
                byte[] payload = publishes ? in.readNBytes(Integer.parseInt(words[words.length - 1]) + 2) : new byte[0];
                Trap waiting = trap;
                if (publishes && waiting != null && waiting.closesOn(words[1])) {
                    trap = null;
                    if (waiting.moment == Moment.BEFORE) {
                        waiting.action.run();
                        return;
                    }
                    closing = waiting; // the server's next words are not passed on
                }
                out.write(line);
                out.write(payload);
                if (in.available() == 0) {
                    out.flush();
                }
            }
        }

        void fromServer() throws IOException {
            InputStream in = upstream.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] block = new byte[1 << 16];
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                Trap waiting = closing;
                if (waiting != null) {
                    waiting.action.run();
                    return;
                }
                out.write(block, 0, read);
            }
        }

        private static byte[] line(InputStream in) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream(128);
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("the client is gone");
                }
                line.write(b);
            }
            line.write('\n');
            return line.toByteArray();
        }
    }
}
