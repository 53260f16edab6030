package dev.june.stt.worker.livekit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Puts the fragments of a WebSocket message together. One thread at a time. */
final class MessageAssembly {
    private final int limit;
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

    MessageAssembly(int limit) {
        this.limit = limit;
    }

    /**
     * @return the whole message, once its last part is here
     * @throws IllegalArgumentException if it is longer than the limit
     */
    Optional<byte[]> add(ByteBuffer part, boolean last) {
        if (part.remaining() > limit - parts.size()) {
            throw new IllegalArgumentException(
                    "message: expected at most " + limit + " bytes, got more; " + parts.size() + " so far");
        }
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        parts.writeBytes(bytes);
        if (!last) {
            return Optional.empty();
        }
        byte[] whole = parts.toByteArray();
        parts.reset();
        return Optional.of(whole);
    }
}
