package dev.june.stt.operator.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/** With the logging that the operator runs with. */
class LogLevelFileTest {
    @TempDir
    Path folder;

    private final Logger ours = LoggerFactory.getLogger("dev.june.stt.operator.anything");
    private final LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());

    @AfterEach
    void asItWas() {
        logging.setLogLevel("dev.june.stt", null);
    }

    @Test
    void theLevelFollowsTheFileAndWhatIsNoneChangesNothing() throws IOException {
        Path file = folder.resolve("level");
        try (LogLevelFile levels = new LogLevelFile(file, logging)) {
            logging.setLogLevel("dev.june.stt", LogLevel.INFO);
            levels.look();
            assertThat(ours.isInfoEnabled()).as("there is no file").isTrue();
            assertThat(ours.isDebugEnabled()).isFalse();

            Files.writeString(file, "debug\n");
            levels.look();
            assertThat(ours.isDebugEnabled()).isTrue();

            for (String wrong : new String[] {"loud", "off", "INFO", ""}) {
                Files.writeString(file, wrong);
                levels.look();
                assertThat(ours.isDebugEnabled()).as(wrong).isTrue();
            }

            Files.writeString(file, "error");
            levels.look();
            assertThat(ours.isErrorEnabled()).isTrue();
            assertThat(ours.isWarnEnabled()).isFalse();
        }
    }
}
