package dev.june.stt.worker.lifecycle;

import dev.june.stt.transcript.Keys;
import dev.june.stt.worker.delivery.NatsLink;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings new documents to {@link LiveConfig}: from the pipeline's bucket, which is fast, and from the mounted file, which needs no NATS. Asks
 * twice a second rather than keeping a watch, which can die in silence. Runs on its own virtual thread until it is closed.
 */
final class ConfigWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ConfigWatch.class);
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final int FILE_EVERY = 10;

    private final LiveConfig config;
    private final NatsLink nats;
    private final Supplier<KeyValue> bucket;
    private final Path file;
    private final Thread thread;
    private long revision;
    private @Nullable String seen;

    ConfigWatch(LiveConfig config, NatsLink nats, Supplier<KeyValue> bucket, Path file) {
        this.config = config;
        this.nats = nats;
        this.bucket = bucket;
        this.file = file;
        this.thread = Thread.ofVirtual().name("config-watch").start(this::run);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            for (int round = 0; ; round++) {
                if (nats.isConnected()) {
                    lookIntoBucket();
                }
                if (round % FILE_EVERY == 0) {
                    lookIntoFile();
                }
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookIntoBucket() {
        try {
            KeyValueEntry entry = bucket.get().get(Keys.CONFIG);
            byte[] value = entry == null ? null : entry.getValue();
            if (entry != null && value != null && entry.getRevision() != revision) {
                revision = entry.getRevision();
                config.offer(new String(value, StandardCharsets.UTF_8));
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.debug("the configuration cannot be read from NATS now ({})", e.toString());
        }
    }

    /** A mounted ConfigMap is swapped as a whole by a symbolic link, so that what is read is never half of a document. */
    private void lookIntoFile() {
        try {
            String text = Files.readString(file);
            if (!text.equals(seen)) {
                seen = text;
                config.offerIfNewer(text);
            }
        } catch (IOException e) {
            log.debug("the configuration file cannot be read now ({})", e.toString());
        }
    }
}
