package dev.june.stt.worker.delivery;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * An utterance as bytes, private to the workers of a pool: {@code JUN1}, the length of the header (32 bits, little endian), the header
 * as JSON, the number of samples (32 bits), and the samples compressed by {@link AudioCodec}. On the spool the header is a {@link
 * SealedUtterance.Header}, in the stream a {@link NumberedUtterance.Header}.
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
        byte[] audio = AudioCodec.compress(utterance.samples());
        return encode(utterance.header(), utterance.samples().length, ByteBuffer.wrap(audio));
    }

    /** The same utterance with its number; the audio is not touched. */
    byte[] numbered(byte[] sealed, String utteranceId, long sequence) {
        Frame frame = frame(sealed);
        var header = new NumberedUtterance.Header(
                utteranceId, sequence, read(frame.header, SealedUtterance.Header.class), null);
        return encode(header, frame.samples, frame.audio);
    }

    /** The same, not to be decoded. */
    byte[] refused(byte[] sealed, String utteranceId, long sequence, String refusal, boolean withAudio) {
        Frame frame = frame(sealed);
        var header = new NumberedUtterance.Header(
                utteranceId, sequence, read(frame.header, SealedUtterance.Header.class), refusal);
        return withAudio
                ? encode(header, frame.samples, frame.audio)
                : encode(header, 0, ByteBuffer.wrap(AudioCodec.compress(new short[0])));
    }

    /**
     * @throws MalformedUtterance if the bytes are not what {@link #encode} writes
     */
    SealedUtterance.Header sealedHeader(byte[] payload) {
        return read(frame(payload).header, SealedUtterance.Header.class);
    }

    /**
     * @throws MalformedUtterance if the bytes are not what {@link #encode} writes
     */
    NumberedUtterance decode(byte[] payload) {
        Frame frame = frame(payload);
        byte[] audio = new byte[frame.audio.remaining()];
        frame.audio.get(audio);
        return new NumberedUtterance(
                read(frame.header, NumberedUtterance.Header.class), AudioCodec.decompress(audio, frame.samples));
    }

    private byte[] encode(Record header, int samples, ByteBuffer audio) {
        byte[] text = json.writeValueAsBytes(header);
        return ByteBuffer.allocate(12 + text.length + audio.remaining())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .putInt(text.length)
                .put(text)
                .putInt(samples)
                .put(audio)
                .array();
    }

    private record Frame(byte[] header, int samples, ByteBuffer audio) {}

    private static Frame frame(byte[] payload) {
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
            return new Frame(header, samples, buffer.slice());
        } catch (BufferUnderflowException e) {
            throw new MalformedUtterance("the message is shorter than it says: " + payload.length + " bytes");
        }
    }

    private <T> T read(byte[] header, Class<T> type) {
        try {
            return json.readValue(header, type);
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
