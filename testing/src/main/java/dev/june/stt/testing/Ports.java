package dev.june.stt.testing;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * Ports for the servers of this JVM. They are below those that the kernel gives to outgoing connections (from 32768 on): there, some client
 * may sit on a server's port when the server is started again, and a client that tries to connect over and over may meet itself. Each JVM
 * hands out its own block of ports, which it holds by the block's first one. Any thread.
 */
public final class Ports {
    private static final int FIRST = 20_000;
    private static final int BLOCK = 100;
    private static final int BLOCKS = 100;

    /** Kept open until the JVM ends. */
    private static @Nullable ServerSocket held;

    private static int last;

    private Ports() {}

    /** A port on loopback that nobody uses, for TCP and UDP alike, and that is given to nobody else before all others were. */
    public static synchronized int next() {
        ServerSocket holding = held;
        if (holding == null) {
            holding = hold();
            held = holding;
        }
        int block = holding.getLocalPort();
        for (int tried = 1; tried < BLOCK; tried++) {
            last = last % (BLOCK - 1) + 1;
            if (isFree(block + last)) {
                return block + last;
            }
        }
        throw new IllegalStateException("ports " + block + " to " + (block + BLOCK - 1) + " are all in use");
    }

    private static ServerSocket hold() {
        int start = (int) (ProcessHandle.current().pid() % BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            int first = FIRST + (start + i) % BLOCKS * BLOCK;
            try {
                return new ServerSocket(first, 1, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                // another JVM's
            }
        }
        throw new IllegalStateException("no block of ports is free from " + FIRST + " on");
    }

    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                DatagramSocket _ = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
