package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.TerminationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** Leaves a line behind that says why the process ended; Kubernetes keeps it and the operator shows it. */
final class TerminationLog {
    private static final Logger log = LoggerFactory.getLogger(TerminationLog.class);

    private TerminationLog() {}

    static void write(Path file, String reason, String message) {
        if (file.getParent() == null || !Files.isDirectory(file.getParent())) {
            return;
        }
        try {
            Files.writeString(file, JsonMapper.shared().writeValueAsString(new TerminationMessage(reason, message)));
        } catch (IOException e) {
            log.warn("the termination message cannot be written to {} ({})", file, e.toString());
        }
    }
}
