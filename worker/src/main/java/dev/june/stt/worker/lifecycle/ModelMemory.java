package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.recognition.whisper.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses to load a model that does not fit into the container's memory beside what is there: the kernel would end the worker, with all its
 * rooms. Where there is no limit (cgroup v2 alone is read) nothing is refused. Any thread.
 */
final class ModelMemory {
    private static final Logger log = LoggerFactory.getLogger(ModelMemory.class);
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");
    private static final long MIB = 1 << 20;

    private final Path cgroup;

    ModelMemory(Path cgroup) {
        this.cgroup = cgroup;
    }

    static ModelMemory ofThisContainer() {
        return new ModelMemory(CGROUP);
    }

    /**
     * @throws ModelException.ModelTooLarge if the model would not fit now
     */
    void require(Path file, int states) {
        try {
            OptionalLong limit = number(Files.readString(cgroup.resolve("memory.max")));
            OptionalLong used = number(Files.readString(cgroup.resolve("memory.current")));
            if (limit.isEmpty() || used.isEmpty()) {
                return;
            }
            long free = limit.getAsLong() - (used.getAsLong() - reclaimable());
            long needed = needed(Files.size(file), states);
            if (needed > free) {
                throw new ModelException.ModelTooLarge("model: " + file.getFileName() + " with " + states
                        + " states needs about " + needed / MIB + " MiB, and " + Math.max(0, free) / MIB
                        + " MiB are free below the container's limit: raise workers.resources.limits.memory");
            }
        } catch (IOException e) {
            log.debug("the container's memory is not known ({})", e.toString());
        }
    }

    /**
     * About what a model takes. Measured: the tiny model of 31 MiB takes 45, and 125 for each state that has decoded a whole window; the base
     * model of 57 MiB takes 75 and 175. A state's buffers grow with the model's width and not with its depth.
     */
    static long needed(long fileBytes, int states) {
        long state = Math.min(90 * MIB + fileBytes * 3 / 2, 700 * MIB);
        return fileBytes * 4 / 3 + states * state;
    }

    /** What the kernel takes back before it ends anybody. */
    private long reclaimable() throws IOException {
        return Files.readAllLines(cgroup.resolve("memory.stat")).stream()
                .filter(line -> line.startsWith("inactive_file "))
                .mapToLong(line ->
                        Long.parseLong(line.substring("inactive_file ".length()).strip()))
                .sum();
    }

    private static OptionalLong number(String text) {
        String stripped = text.strip();
        return stripped.equals("max") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(stripped));
    }
}
