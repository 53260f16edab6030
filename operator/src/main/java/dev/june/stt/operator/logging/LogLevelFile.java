package dev.june.stt.operator.logging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Takes the level of the operator's own log messages from a file with one word, a key of a mounted ConfigMap. It is read every few seconds,
 * because a watch on a mounted file misses how Kubernetes replaces it. On a virtual thread until it is closed.
 */
public final class LogLevelFile implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LogLevelFile.class);
    private static final String OURS = "dev.june.stt";
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final int LONGEST = 32;

    private final Path file;
    private final LoggingSystem logging;
    private String seen = "";
    private Optional<Thread> thread = Optional.empty();

    public LogLevelFile(Path file, LoggingSystem logging) {
        this.file = file;
        this.logging = logging;
    }

    public void start() {
        thread = Optional.of(Thread.ofVirtual().name("log-level").start(this::run));
    }

    @Override
    public void close() {
        thread.ifPresent(Thread::interrupt);
    }

    private void run() {
        try {
            while (true) {
                look();
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Applies what is in the file if it is another word than the last time; what is no level is said once and changes nothing. */
    void look() {
        String word;
        try {
            word = Files.readString(file).strip();
        } catch (IOException e) {
            word = ""; // not mounted, or replaced at this moment
        }
        if (word.equals(seen) || word.isEmpty()) {
            return;
        }
        seen = word;
        Optional<LogLevel> level = levelOf(word);
        if (level.isPresent()) {
            logging.setLogLevel(OURS, level.get());
            log.atInfo().addKeyValue("level", word).log("log level applied");
        } else {
            log.warn(
                    "{}: expected error, warn, info, debug or trace, got {}",
                    file,
                    word.length() <= LONGEST ? word : "more");
        }
    }

    private static Optional<LogLevel> levelOf(String word) {
        return Arrays.stream(LogLevel.values())
                .filter(level -> level.compareTo(LogLevel.ERROR) <= 0)
                .filter(level -> level.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst();
    }
}
