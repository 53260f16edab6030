package dev.june.stt.worker.recognition;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Recognition.Dropped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What waits to be decoded, and who goes next: finals before speculative decodes before partials, within each the oldest. Bounded: see
 * {@link Bounds}. It also says when a running partial must give way. Any thread; everything is guarded by one lock, and results are
 * handed out without it.
 */
final class DecodeQueue implements RecognitionMetrics.QueueView {
    /** Why something was dropped; fixed names. */
    static final String CANCELLED = "cancelled";

    static final String SUPERSEDED = "superseded";
    static final String PREEMPTED = "preempted";
    static final String STALE = "stale";
    static final String OVERLOAD = "overload";
    static final String CLOSED = "closed";

    private static final Comparator<Job> ORDER =
            Comparator.<Job, Priority>comparing(job -> job.priority).thenComparingLong(job -> job.number);

    private final Bounds bounds;
    private final LongSupplier nanoTime;
    private final Executor results;
    private final RecognitionMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();

    @GuardedBy("lock")
    private final TreeSet<Job> waiting = new TreeSet<>(ORDER);

    @GuardedBy("lock")
    private final Set<Job> running = new HashSet<>();

    @GuardedBy("lock")
    private int idleWorkers;

    @GuardedBy("lock")
    private long submitted;

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private long lastEndNanos;

    @GuardedBy("lock")
    private int failuresInARow;

    /**
     * How much may wait.
     *
     * @param finals refused beyond it. Callers keep finals elsewhere until they are answered, so that this many never wait in practice
     * @param others speculative decodes and partials; beyond it the oldest partial goes
     * @param partialPatience a partial that waited longer shows what nobody wants to see any more
     * @param partialsAtOnce partials that may run side by side. Less than there are workers, so that a final finds one free: a running
     *     partial gives way only when the encoder is through
     */
    record Bounds(int finals, int others, Duration partialPatience, int partialsAtOnce) {}

    /** @param results completes the futures, away from whoever decodes or submits */
    DecodeQueue(Bounds bounds, LongSupplier nanoTime, Executor results, RecognitionMetrics metrics) {
        this.bounds = bounds;
        this.nanoTime = nanoTime;
        this.results = results;
        this.metrics = metrics;
        this.lastEndNanos = nanoTime.getAsLong();
    }

    /** Never blocks. What cannot wait is dropped, and its ticket says so. */
    Job submit(DecodeRequest request) {
        lock.lock();
        try {
            Job job = new Job(request, submitted++, nanoTime.getAsLong());
            if (closed) {
                drop(job, CLOSED);
            } else if (makeRoom(job)) {
                waiting.add(job);
                giveWayTo(job);
                work.signal();
            } else {
                drop(job, OVERLOAD);
            }
            return job;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next job; empty once the queue was closed. The worker must hand it back to {@link #finished}. */
    Optional<Job> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            idleWorkers++;
            try {
                while (true) {
                    if (closed) {
                        return Optional.empty();
                    }
                    dropWaiting(this::isStale, STALE);
                    if (!waiting.isEmpty() && mayStart(waiting.first())) {
                        return Optional.of(start(waiting.removeFirst()));
                    }
                    work.await();
                }
            } finally {
                idleWorkers--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends a job. If it was told to stop, it is dropped for that reason, whatever came out of it. */
    void finished(Job job, Recognition recognition) {
        lock.lock();
        try {
            running.remove(job);
            lastEndNanos = nanoTime.getAsLong();
            switch (recognition) {
                case Recognition.Failed _ -> failuresInARow++;
                case Recognition.Text _, Recognition.NoWords _, Recognition.Suppressed _ -> failuresInARow = 0;
                case Dropped _ -> {}
            }
            work.signal(); // a partial may have waited for it
            if (job.stopReason.isPresent()) {
                drop(job, job.stopReason.get());
            } else {
                answer(job, recognition);
            }
        } finally {
            lock.unlock();
        }
    }

    Vitals vitals() {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            long sinceLastEnd = now - lastEndNanos;
            long stalled = Stream.concat(waiting.stream(), running.stream())
                    .mapToLong(job -> Math.min(now - job.submittedNanos, sinceLastEnd))
                    .max()
                    .orElse(0);
            return new Vitals(Duration.ofNanos(stalled), failuresInARow);
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody else wants to decode now. */
    boolean isAlone(Job job) {
        lock.lock();
        try {
            return waiting.isEmpty() && running.stream().allMatch(other -> other.equals(job) || other.stopped);
        } finally {
            lock.unlock();
        }
    }

    /** Drops what waits, stops what runs unless it is a final, lets the workers go. Idempotent. */
    void close() {
        lock.lock();
        try {
            closed = true;
            dropWaiting(_ -> true, CLOSED);
            running.stream().filter(job -> job.priority != Priority.FINAL).forEach(job -> stop(job, CLOSED));
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int depth(Priority priority) {
        lock.lock();
        try {
            return (int)
                    waiting.stream().filter(job -> job.priority == priority).count();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Duration age(Priority priority) {
        lock.lock();
        try {
            return waiting.stream()
                    .filter(job -> job.priority == priority)
                    .findFirst()
                    .map(job -> Duration.ofNanos(nanoTime.getAsLong() - job.submittedNanos))
                    .orElse(Duration.ZERO);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean makeRoom(Job job) {
        switch (job.priority) {
            case FINAL -> {
                dropWaiting(other -> isPartialOf(other, job), SUPERSEDED);
                return count(Priority.FINAL) < bounds.finals;
            }
            case SPECULATIVE -> {}
            case PARTIAL -> dropWaiting(other -> isPartialOf(other, job), SUPERSEDED);
        }
        if (count(Priority.SPECULATIVE) + count(Priority.PARTIAL) < bounds.others) {
            return true;
        }
        return oldestPartial()
                .map(oldest -> dropWaiting(oldest::equals, OVERLOAD))
                .orElse(false);
    }

    /**
     * Stops running partials: of the same utterance, because a final makes them pointless, be it speculative; and the one that began last,
     * if its worker is wanted for a final.
     */
    @GuardedBy("lock")
    private void giveWayTo(Job job) {
        if (job.priority == Priority.PARTIAL) {
            return;
        }
        running.stream().filter(other -> isPartialOf(other, job)).forEach(other -> stop(other, SUPERSEDED));
        long urgent = waiting.size() - count(Priority.PARTIAL);
        if (job.priority == Priority.SPECULATIVE || urgent <= idleWorkers + stopping()) {
            return;
        }
        running.stream()
                .filter(other -> !other.stopped && other.priority == Priority.PARTIAL)
                .max(Comparator.comparingLong(other -> other.number))
                .ifPresent(other -> stop(other, PREEMPTED));
    }

    @GuardedBy("lock")
    private boolean mayStart(Job first) {
        return first.priority != Priority.PARTIAL
                || running.stream()
                                .filter(job -> job.priority == Priority.PARTIAL)
                                .count()
                        < bounds.partialsAtOnce;
    }

    @GuardedBy("lock")
    private Job start(Job job) {
        job.startedNanos = nanoTime.getAsLong();
        running.add(job);
        return job;
    }

    @GuardedBy("lock")
    private boolean dropWaiting(Predicate<Job> which, String reason) {
        List<Job> dropped = waiting.stream().filter(which).toList();
        waiting.removeAll(new ArrayList<>(dropped));
        dropped.forEach(job -> drop(job, reason));
        return !dropped.isEmpty();
    }

    /** With the lock held. */
    private void stop(Job job, String reason) {
        if (job.stopReason.isEmpty()) {
            job.stopReason = Optional.of(reason);
            job.stopped = true;
        }
    }

    private void drop(Job job, String reason) {
        metrics.dropped(job.request.priority(), reason);
        answer(job, new Dropped(reason));
    }

    private void answer(Job job, Recognition recognition) {
        results.execute(() -> job.result.complete(recognition));
    }

    private static boolean isPartialOf(Job partial, Job job) {
        return partial.priority == Priority.PARTIAL
                && partial.request.utteranceId().equals(job.request.utteranceId());
    }

    private boolean isStale(Job job) {
        return job.priority == Priority.PARTIAL
                && nanoTime.getAsLong() - job.submittedNanos > bounds.partialPatience.toNanos();
    }

    @GuardedBy("lock")
    private long count(Priority priority) {
        return waiting.stream().filter(job -> job.priority == priority).count();
    }

    @GuardedBy("lock")
    private long stopping() {
        return running.stream().filter(job -> job.stopped).count();
    }

    @GuardedBy("lock")
    private Optional<Job> oldestPartial() {
        return waiting.stream().filter(job -> job.priority == Priority.PARTIAL).findFirst();
    }

    /** A request on its way through the queue. */
    final class Job implements Recognizer.Ticket {
        final DecodeRequest request;
        private final long number;
        private final long submittedNanos;
        private final CompletableFuture<Recognition> result = new CompletableFuture<>();
        private Priority priority; // guarded by the queue's lock, as the rest
        private long startedNanos;
        private Optional<String> stopReason = Optional.empty();
        private volatile boolean stopped;

        private Job(DecodeRequest request, long number, long submittedNanos) {
            this.request = request;
            this.priority = request.priority();
            this.number = number;
            this.submittedNanos = submittedNanos;
        }

        /** Whether the worker should give it up. Asked at every token, so without the lock. */
        boolean isStopped() {
            return stopped;
        }

        /** From submission to the start of the decode. For the worker that runs it. */
        Duration queued() {
            return Duration.ofNanos(startedNanos - submittedNanos);
        }

        @Override
        public CompletableFuture<Recognition> result() {
            return result;
        }

        @Override
        public void cancel() {
            lock.lock();
            try {
                if (waiting.remove(this)) {
                    drop(this, CANCELLED);
                } else if (running.contains(this)) {
                    stop(this, CANCELLED);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void promote() {
            lock.lock();
            try {
                boolean waits = waiting.remove(this);
                priority = Priority.FINAL;
                if (waits) {
                    waiting.add(this);
                }
                if (waits || running.contains(this)) {
                    dropWaiting(other -> isPartialOf(other, this), SUPERSEDED);
                }
                if (waits) {
                    giveWayTo(this);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
