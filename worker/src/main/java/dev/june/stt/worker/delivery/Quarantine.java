package dev.june.stt.worker.delivery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder for spooled records that cannot be appended: damaged on the disk, or larger than the server takes. They are kept for people to
 * look at, as far as there is room, and counted in any case. Any thread.
 */
final class Quarantine {
    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);
    private static final int MAX_FILES = 100;

    private final Path folder;
    private final AtomicLong count = new AtomicLong();

    Quarantine(Path spool) {
        this.folder = spool.resolve("quarantine");
    }

    /** Records that came here since this process started. */
    long count() {
        return count.get();
    }

    /** Keeps a record under a name that the spool does not use twice. */
    void keep(String name, byte[] record, String reason) {
        count.incrementAndGet();
        Path file = folder.resolve(name);
        try {
            Files.createDirectories(folder);
            if (files() >= MAX_FILES) {
                log.error("a spooled record is lost: {}; the quarantine {} is full", reason, folder);
                return;
            }
            Files.write(file, record);
            log.error("a spooled record is set aside: {}; it is {}", reason, file);
        } catch (IOException e) {
            log.error("a spooled record is lost: {}; it cannot be kept in {} ({})", reason, folder, e.toString());
        }
    }

    private long files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }
}
