package dev.june.stt.worker.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much of the memory that the container may use this process holds and cannot give back: anonymous memory, native and the JVM's.
 * Read from the kernel's files; without them, or without a limit, nothing is known.
 */
final class MemoryUse {
    static final Path STATUS = Path.of("/proc/self/status");

    private static final String ANONYMOUS = "RssAnon:";
    private static final int STEP = 5;

    private final Path status;
    private final Path limit;

    MemoryUse(Path status, Path limit) {
        this.status = status;
        this.limit = limit;
    }

    static MemoryUse ofThisProcess() {
        return new MemoryUse(STATUS, Path.of("/sys/fs/cgroup/memory.max"));
    }

    /** In steps of five percent, rounded down; 0 if it is not known. */
    int percent() {
        try {
            return percent(Files.readAllLines(status), Files.readString(limit).strip());
        } catch (IOException e) {
            return 0; // another system, or an older kernel
        }
    }

    static int percent(List<String> status, String limit) {
        if (!limit.matches("[1-9][0-9]{0,17}")) {
            return 0; // "max"
        }
        return (int) (bytes(status, ANONYMOUS) * 100 / Long.parseLong(limit)) / STEP * STEP;
    }

    /** A figure of {@code /proc/self/status}; 0 if it is not there. */
    static long bytes(List<String> status, String field) {
        return status.stream()
                .filter(line -> line.startsWith(field))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .filter(kilobytes -> !kilobytes.isEmpty())
                .findFirst()
                .map(kilobytes -> Long.parseLong(kilobytes) * 1024)
                .orElse(0L);
    }
}
