package dev.june.stt.worker.dispatch;

import dev.june.stt.config.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The signing keys of the webhook: each file of the mounted Secret is one, and all are used. Read anew at every call, so that a rotated
 * Secret is taken up; callers limit how often they ask.
 *
 * @param folder where the Secret is mounted
 * @param variable a key from the environment, for a worker that is run by hand; used if there is no folder
 */
record SigningKeys(Path folder, @Nullable String variable) {
    /**
     * @throws UnusableKeys that names the key and what is wrong with it
     */
    List<SigningKey> read() throws UnusableKeys {
        if (!Files.isDirectory(folder)) {
            if (variable == null) {
                throw new UnusableKeys(
                        folder + ": expected the keys of the Secret that delivery.webhook.signingSecretRef"
                                + " names, got no such folder");
            }
            return List.of(key("WEBHOOK_SIGNING_KEY", variable));
        }
        List<Path> files = files();
        if (files.isEmpty() || files.size() > SigningKey.MAX_KEYS) {
            throw new UnusableKeys(
                    folder + ": expected 1 to " + SigningKey.MAX_KEYS + " signing keys, got " + files.size());
        }
        return files.stream().map(this::key).toList();
    }

    /** Without the hidden files that Kubernetes keeps beside them. */
    private List<Path> files() {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UnusableKeys(folder + ": cannot be read (" + e + ")");
        }
    }

    private SigningKey key(Path file) {
        try {
            return key(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UnusableKeys(file + ": cannot be read (" + e + ")");
        }
    }

    private static SigningKey key(String name, String text) {
        try {
            return SigningKey.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UnusableKeys(name + ": " + e.getMessage());
        }
    }

    /** Nothing can be signed with what is there. */
    static final class UnusableKeys extends RuntimeException {
        UnusableKeys(String message) {
            super(message);
        }
    }
}
