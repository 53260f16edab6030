package dev.june.stt.worker.deadletters;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A WAV file of mono 16-bit samples at 16 kHz. */
final class Wav {
    private static final int HEADER = 44;
    private static final int RATE = 16_000;

    private Wav() {}

    static byte[] of(short[] samples) {
        int bytes = samples.length * Short.BYTES;
        ByteBuffer file = ByteBuffer.allocate(HEADER + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(ascii("RIFF"))
                .putInt(HEADER - 8 + bytes)
                .put(ascii("WAVEfmt "))
                .putInt(16) // length of what describes the format
                .putShort((short) 1) // PCM
                .putShort((short) 1) // channels
                .putInt(RATE)
                .putInt(RATE * Short.BYTES)
                .putShort((short) Short.BYTES)
                .putShort((short) Short.SIZE)
                .put(ascii("data"))
                .putInt(bytes);
        file.asShortBuffer().put(samples);
        return file.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
