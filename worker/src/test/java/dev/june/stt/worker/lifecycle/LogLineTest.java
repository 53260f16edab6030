package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.io.ClassPathResource;

/** The pattern of the lines for people. */
class LogLineTest {
    private final LoggerContext context = new LoggerContext();

    @ParameterizedTest
    @ValueSource(
            strings = {"a\r\n2026-11-24 INFO forged", "a\nb", "\u001b[2Jgone", "a\u2028b\u2029c\u0085d", "\u0000\u0008"
            })
    void aNameMakesNoLineOfItsOwn(String name) throws Exception {
        String line = line("a room failed; room={}", name);
        assertThat(line).endsWith(System.lineSeparator());
        assertThat(line.strip()).doesNotContainPattern("[\\p{Cntrl}\\u2028\\u2029\\u0085]");
    }

    @Test
    void whatIsHarmlessStaysAsItIs() throws Exception {
        assertThat(line("a room failed; room={}", "St\u00e4ndige Runde \ud83d\ude00"))
                .contains("room=St\u00e4ndige Runde \ud83d\ude00");
    }

    private String line(String message, Object argument) throws Exception {
        String pattern = String.valueOf(new YamlPropertySourceLoader()
                .load("application", new ClassPathResource("application.yaml"))
                .getFirst()
                .getProperty("logging.pattern.console"));
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern(pattern.replace("%wEx", "")); // Spring Boot's own word, for stack traces
        layout.start();
        Logger logger = context.getLogger("test");
        return layout.doLayout(new LoggingEvent("test", logger, Level.INFO, message, null, new Object[] {argument}));
    }
}
