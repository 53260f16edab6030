package dev.june.stt.worker.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what belongs to one participant in order, one at a time, and participants beside each other: a virtual thread for each that has
 * something to do. Whoever submits bounds how much that is. Any thread.
 */
final class Lanes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lanes.class);
    private static final Duration END = Duration.ofSeconds(2);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** What waits behind the one that runs; a lane that has nothing to do is not in here. */
    @GuardedBy("this")
    private final Map<String, Queue<Runnable>> waiting = new HashMap<>();

    /** @param work must not throw */
    synchronized void submit(String lane, Runnable work) {
        Queue<Runnable> queue = waiting.get(lane);
        if (queue != null) {
            queue.add(work);
            return;
        }
        waiting.put(lane, new ArrayDeque<>(1));
        threads.execute(() -> run(lane, work));
    }

    /** What runs is interrupted, what waits is dropped. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("some work did not end within {}", END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(String lane, Runnable first) {
        for (Runnable work = first; work != null && !threads.isShutdown(); work = next(lane)) {
            work.run();
        }
    }

    private synchronized @Nullable Runnable next(String lane) {
        Queue<Runnable> queue = waiting.get(lane);
        Runnable work = queue == null ? null : queue.poll();
        if (work == null) {
            waiting.remove(lane);
        }
        return work;
    }
}
