package dev.june.stt.worker.recognition.whisper;

import dev.june.stt.worker.recognition.whisper.ModelException.LibraryRefused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The native libraries inside the whisper-jni jar: which of them suit a processor, and getting them out. Its own loader is not used
 * because on arm64 processors without half-precision arithmetic it asks for a file that the jar does not have.
 *
 * @param whisper resource name of libwhisper.so.1
 * @param ggml resource name of the libggml.so that suits the processor
 */
record WhisperNatives(String whisper, String ggml) {
    /** Those that the faster build for amd64 was compiled for; it has no check of its own and would die of an illegal instruction. */
    private static final Set<String> AVX2_BUILD_NEEDS = Set.of("avx", "avx2", "fma", "f16c");

    /** For the machine we run on. */
    static WhisperNatives forThisMachine() {
        return suited(System.getProperty("os.name"), System.getProperty("os.arch"), cpuFeatures());
    }

    /**
     * @param cpuFeatures as {@code /proc/cpuinfo} names them
     * @throws LibraryRefused if the jar has nothing for such a machine
     */
    static WhisperNatives suited(String system, String architecture, Set<String> cpuFeatures) {
        if (!system.equals("Linux")) {
            throw new LibraryRefused("native library: expected Linux, got " + system);
        }
        return switch (architecture) {
            case "amd64", "x86_64" ->
                new WhisperNatives(
                        "/debian-amd64/libwhisper.so.1",
                        cpuFeatures.containsAll(AVX2_BUILD_NEEDS)
                                ? "/debian-amd64/libggml+mf16c+mfma+mavx+mavx2.so"
                                : "/debian-amd64/libggml.so");
            case "aarch64" ->
                new WhisperNatives(
                        "/debian-arm64/libwhisper.so.1",
                        cpuFeatures.contains("fphp")
                                ? "/debian-arm64/libggml+fp16.so"
                                : "/debian-arm64/libggml+crc.so");
            default ->
                throw new LibraryRefused("native library: expected a processor of type amd64 or aarch64, got "
                        + architecture + "; give a folder with libwhisper.so.1 of your own");
        };
    }

    /** Copies both into a folder, under the names by which they find each other. Returns libwhisper. */
    Path extract(Path folder) {
        copy(ggml, folder.resolve("libggml.so"));
        return copy(whisper, folder.resolve("libwhisper.so.1"));
    }

    private static Path copy(String resource, Path target) {
        try (InputStream in = WhisperNatives.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new LibraryRefused("native library: " + resource + " is not on the class path");
            }
            Files.copy(in, target);
            return target;
        } catch (IOException e) {
            throw new LibraryRefused("native library: cannot write " + target + ": " + e.getMessage(), e);
        }
    }

    private static Set<String> cpuFeatures() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return cpuFeatures(lines.toList());
        } catch (IOException e) {
            return Set.of(); // the plainest build runs anywhere
        }
    }

    /** Of the first processor; amd64 calls the line flags, arm64 Features. */
    static Set<String> cpuFeatures(Iterable<String> cpuinfo) {
        for (String line : cpuinfo) {
            String[] parts = line.split(":", 2);
            String name = parts[0].strip().toLowerCase(Locale.ROOT);
            if (parts.length == 2 && (name.equals("flags") || name.equals("features"))) {
                return Arrays.stream(parts[1].strip().split("\\s+")).collect(Collectors.toUnmodifiableSet());
            }
        }
        return Set.of();
    }
}
