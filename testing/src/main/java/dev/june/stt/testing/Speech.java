package dev.june.stt.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Recorded speech with what was said. {@code speech} in the setup is a folder with {@code manifest.tsv} (columns id, lang,
 * speaker, seconds, licence, reference; first line the header) and 16 kHz mono 16-bit WAV files named by id.
 */
public record Speech(String id, String language, String speaker, String reference, short[] samples) {
    public static final int SAMPLE_RATE_HZ = 16_000;

    public static List<Speech> all() {
        Path folder = Setup.path("speech");
        try {
            return Files.readAllLines(folder.resolve("manifest.tsv")).stream()
                    .skip(1)
                    .map(line -> line.split("\t", -1))
                    .map(column -> new Speech(
                            column[0], column[1], column[2], column[5], readWav(folder.resolve(column[0] + ".wav"))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Speech of(String id) {
        return all().stream()
                .filter(speech -> speech.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(id + " is not among the recordings"));
    }

    public static short[] readWav(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            int offset = 12;
            while (bytes.getInt(offset) != 0x61746164) { // "data"
                offset += 8 + bytes.getInt(offset + 4);
            }
            short[] samples = new short[Math.min(bytes.getInt(offset + 4), bytes.limit() - offset - 8) / 2];
            bytes.position(offset + 8)
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(samples);
            return samples;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
