package dev.june.stt.worker.vad;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The one model file that is known here: Silero VAD 6, 16 kHz only. Another version would need another look at its thresholds. */
final class SileroFile {
    static final String NAME = "silero_vad_16k_op15.onnx";
    static final String SHA256 = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49";
    static final int BYTES = 1_289_603;

    private SileroFile() {}

    /**
     * @throws UncheckedIOException if it cannot be read
     * @throws IllegalArgumentException if it is another file
     */
    static byte[] read(Path file) {
        try {
            long size = Files.size(file);
            if (size != BYTES) { // before it is read: a path to something huge must not fill the heap
                throw new IllegalArgumentException(
                        "Silero model: expected %s of %d bytes, got %d (%s)".formatted(NAME, BYTES, size, file));
            }
            byte[] bytes = Files.readAllBytes(file);
            String found = sha256(bytes);
            if (!found.equals(SHA256)) {
                throw new IllegalArgumentException(
                        "Silero model: expected %s with sha256 %s, got %s (%s)".formatted(NAME, SHA256, found, file));
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("Silero model: cannot be read (" + file + ")", e);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
