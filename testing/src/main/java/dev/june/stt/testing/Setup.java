package dev.june.stt.testing;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Where the build's setup put things: a properties file with absolute paths, named by the system property {@code june.setup}.
 * Written by {@code e2e/setup}; the keys are listed there.
 */
public final class Setup {
    private static final Properties PATHS = load();

    private Setup() {}

    /** A file or folder that the setup provided, for example {@code nats.server}. */
    public static Path path(String key) {
        String value = PATHS.getProperty(key);
        if (value == null || !Files.exists(Path.of(value))) {
            throw new IllegalStateException(key + ": not set up (value " + value
                    + "); run ./mvnw from the project's root, or e2e/setup by hand");
        }
        return Path.of(value);
    }

    private static Properties load() {
        Path file = Path.of(System.getProperty("june.setup", "../target/setup.properties"));
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    file + " cannot be read: run ./mvnw from the project's root, or e2e/setup by hand", e);
        }
        return properties;
    }
}
