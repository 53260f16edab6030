package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.ffi.LogLevel;
import dev.june.stt.worker.livekit.ffi.LogRecord;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * What the native library logs, as our own log lines: errors and warnings only, at most {@link #LIMIT} in {@link #WINDOW}, tokens
 * blanked. Warnings of its outermost layer are left out: when a room is left it warns of every track handle that we have dropped
 * before, as we should; {@link OwnedHandles} counts the real mistakes. Any thread.
 */
final class NativeLog {
    static final int LIMIT = 20;
    static final Duration WINDOW = Duration.ofSeconds(10);

    private static final Pattern TOKEN = Pattern.compile("eyJ[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]*){0,2}");

    private final Logger log;
    private final LongSupplier nanoTime;
    private long windowStart;
    private int written;
    private int suppressed;

    NativeLog(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
        this.windowStart = nanoTime.getAsLong();
    }

    void write(LogRecord entry) {
        boolean error = entry.getLevel() == LogLevel.LOG_ERROR;
        boolean warning =
                entry.getLevel() == LogLevel.LOG_WARN && !entry.getTarget().startsWith("livekit_ffi");
        if ((error || warning) && permitted()) {
            log.atLevel(error ? Level.ERROR : Level.WARN)
                    .log(
                            "LiveKit library: {}: {}",
                            entry.getTarget(),
                            TOKEN.matcher(entry.getMessage()).replaceAll("<token>"));
        }
    }

    private synchronized boolean permitted() {
        long now = nanoTime.getAsLong();
        if (now - windowStart >= WINDOW.toNanos()) {
            if (suppressed > 0) {
                log.warn("LiveKit library: {} more lines suppressed", suppressed);
            }
            windowStart = now;
            written = 0;
            suppressed = 0;
        }
        if (written >= LIMIT) {
            suppressed++;
            return false;
        }
        written++;
        return true;
    }
}
