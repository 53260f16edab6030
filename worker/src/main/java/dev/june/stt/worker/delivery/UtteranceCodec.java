package dev.june.stt.worker.delivery;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The payload of an utterance message, private to the workers of a pool: {@code JUN1}, the length of the header (32 bits, little
 * endian), the header as JSON, the number of samples (32 bits), and the samples compressed by {@link AudioCodec}.
 */
final class UtteranceCodec {
    private static final int MAGIC = 0x314e554a;
    private static final int MAX_HEADER = 64 * 1024;
    private static final int MAX_SAMPLES = 16_000 * 120;

    private final JsonMapper json;

    UtteranceCodec(JsonMapper json) {
        this.json = json;
    }

    byte[] encode(SealedUtterance utterance) {
        byte[] header = json.writeValueAsBytes(utterance.header());
        byte[] audio = AudioCodec.compress(utterance.samples());
        return ByteBuffer.allocate(12 + header.length + audio.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .putInt(header.length)
                .put(header)
                .putInt(utterance.samples().length)
                .put(audio)
                .array();
    }

    /**
     * @throws MalformedUtterance if the bytes are not what {@link #encode} writes
     */
    SealedUtterance decode(byte[] payload) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
            int magic = buffer.getInt();
            int headerLength = buffer.getInt();
            if (magic != MAGIC || headerLength < 0 || headerLength > MAX_HEADER) {
                throw new MalformedUtterance("expected an utterance, got " + payload.length + " bytes that begin with "
                        + Integer.toHexString(magic));
            }
            byte[] header = new byte[headerLength];
            buffer.get(header);
            int samples = buffer.getInt();
            if (samples < 0 || samples > MAX_SAMPLES) {
                throw new MalformedUtterance("samples: expected at most " + MAX_SAMPLES + ", got " + samples);
            }
            byte[] audio = new byte[buffer.remaining()];
            buffer.get(audio);
            return new SealedUtterance(
                    json.readValue(header, SealedUtterance.Header.class), AudioCodec.decompress(audio, samples));
        } catch (BufferUnderflowException e) {
            throw new MalformedUtterance("the message is shorter than it says: " + payload.length + " bytes");
        } catch (JacksonException e) {
            throw new MalformedUtterance("the header is not readable: " + e.getOriginalMessage());
        }
    }

    /** Bytes that are no utterance. No retry mends them. */
    static final class MalformedUtterance extends RuntimeException {
        MalformedUtterance(String message) {
            super(message);
        }
    }
}
