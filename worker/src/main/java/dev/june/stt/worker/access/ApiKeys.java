package dev.june.stt.worker.access;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.access.ApiKey;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The API keys that are good now. The Secret is read again every few seconds, so that rotating needs no restart. Any thread. */
final class ApiKeys {
    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final Path folder;
    private final Clock clock;

    @GuardedBy("this")
    private @Nullable KeyRing ring;

    @GuardedBy("this")
    private Instant readAt = Instant.MIN;

    @GuardedBy("this")
    private List<String> told = List.of();

    ApiKeys(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    Optional<KeyRing.Entry> find(ApiKey key) {
        Instant now = clock.instant();
        return ring(now).find(key, now);
    }

    private synchronized KeyRing ring(Instant now) {
        KeyRing current = ring;
        if (current == null || now.isAfter(readAt.plus(FRESH)) || now.isBefore(readAt)) {
            current = KeyRing.read(folder);
            ring = current;
            readAt = now;
            if (!current.problems().equals(told)) {
                told = current.problems();
                told.forEach(problem -> log.warn("API keys: {}", problem));
            }
        }
        return current;
    }
}
