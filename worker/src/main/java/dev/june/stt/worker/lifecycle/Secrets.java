package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.livekit.LiveKitAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of mounted Secrets, a file each, anew at every use, so that a rotated one is taken up. Without files the environment is
 * asked, for a worker that is run by hand.
 */
final class Secrets {
    private final Path folder;
    private final Map<String, String> environment;

    Secrets(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = environment;
    }

    /**
     * @throws ConfigDocument.InvalidConfig if a key is nowhere
     */
    LiveKitAccess liveKit(String url) {
        return new LiveKitAccess(
                url,
                required("livekit/apiKey", "LIVEKIT_API_KEY"),
                required("livekit/apiSecret", "LIVEKIT_API_SECRET"));
    }

    Path nats() {
        return folder.resolve("nats");
    }

    /** A file for each signing key. */
    Path webhook() {
        return folder.resolve("webhook");
    }

    /** The signing key of a worker that is run by hand; absent if there is none. */
    @Nullable
    String webhookKey() {
        return environment.get("WEBHOOK_SIGNING_KEY");
    }

    private String required(String file, String variable) {
        Path path = folder.resolve(file);
        try {
            if (Files.exists(path)) {
                return Files.readString(path).strip();
            }
        } catch (IOException e) {
            throw new ConfigDocument.InvalidConfig("", path + ": cannot be read (" + e + ")", e);
        }
        String value = environment.getOrDefault(variable, "");
        if (value.isBlank()) {
            throw new ConfigDocument.InvalidConfig(
                    "",
                    path + ": expected the key of a Secret there, or the variable " + variable + ", got neither",
                    null);
        }
        return value;
    }
}
