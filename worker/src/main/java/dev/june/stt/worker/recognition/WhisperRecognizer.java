package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.DecodeQueue.Bounds;
import dev.june.stt.worker.recognition.DecodeQueue.Job;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Recognition.Failed;
import dev.june.stt.worker.recognition.Recognition.Suppressed;
import dev.june.stt.worker.recognition.Recognition.Timing;
import dev.june.stt.worker.recognition.whisper.ModelException;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelUnreadable;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import dev.june.stt.worker.recognition.whisper.WhisperModel;
import dev.june.stt.worker.recognition.whisper.WhisperState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Recognizer} on whisper.cpp. Each model state has one platform thread, {@code decode-<model>-<number>}, which takes a job from the
 * {@link DecodeQueue}, decodes it with its {@link WhisperDecoder} and hands it back. Results are completed on virtual threads.
 */
public final class WhisperRecognizer implements Recognizer {
    private static final Logger log = LoggerFactory.getLogger(WhisperRecognizer.class);
    private static final int MAX_FINALS_WAITING = 256;
    private static final int MAX_OTHERS_WAITING = 64;
    private static final Duration PARTIAL_PATIENCE = Duration.ofSeconds(2);

    /** More threads for one decode gain little. */
    private static final int MOST_THREADS = 4;

    /** A decode may always take that long, or this many times as long as it should: slow machines recover, loops end at a token cap. */
    private static final Duration SHORTEST_LIMIT = Duration.ofSeconds(20);

    private static final double TIMES_EXPECTED = 10;
    private static final Duration LOOK = Duration.ofSeconds(1);
    static final String TOO_SLOW = "too_slow";
    static final String HANGS = "hangs";

    private final Options options;
    private final RecognitionMetrics metrics;
    private final WhisperModel model;
    private final DecodeQueue queue;
    private final RecognitionMetrics.Watch watch;
    private final Speed speed;
    private final Watchdog watchdog;
    private final Thread watching;
    private final List<Thread> threads = new ArrayList<>();

    /**
     * What to decode with.
     *
     * @param model its name, as it stands in every final
     * @param file a ggml model file, see {@code ModelStore}
     * @param gpu compute on the library's graphics device
     * @param states decodes side by side, each with {@code threads} threads; see {@link #statesFor}
     * @param beamSize 1 is greedy, which is what was measured
     * @param mergeTolerance for speech that is longer than the model's window, {@code segmentation.mergeTolerance}
     */
    public record Options(
            String model, Path file, boolean gpu, int states, int threads, int beamSize, Duration mergeTolerance) {
        public Options {
            if (states < 1 || threads < 1 || beamSize < 1) {
                throw new IllegalArgumentException("states, threads, beamSize: expected at least 1 each, got " + states
                        + ", " + threads + ", " + beamSize);
            }
        }
    }

    /** As many as have a core each: more only slow each other down. */
    public static int statesFor(int cores, int threads) {
        return Math.max(1, cores / threads);
    }

    /**
     * Loads the model and warms every state up; takes seconds.
     *
     * @throws ModelException if the model or the library cannot be used
     */
    public static WhisperRecognizer open(WhisperLibrary library, Options options, RecognitionMetrics metrics) {
        return open(library, options, metrics, SHORTEST_LIMIT, TIMES_EXPECTED);
    }

    static WhisperRecognizer open(
            WhisperLibrary library,
            Options options,
            RecognitionMetrics metrics,
            Duration shortestLimit,
            double timesExpected) {
        long begin = System.nanoTime();
        WhisperModel model = WhisperModel.load(library, options.file(), options.gpu(), options.states());
        Duration loading = Duration.ofNanos(System.nanoTime() - begin);
        WhisperRecognizer recognizer = new WhisperRecognizer(
                options, model, metrics, new Watchdog(shortestLimit, timesExpected, System::nanoTime));
        long loaded = System.nanoTime();
        recognizer.start();
        Duration warmUp = Duration.ofNanos(System.nanoTime() - loaded);
        metrics.modelLoaded(options.model(), loading, warmUp);
        log.info(
                "Model {} ready: {} states of {} threads, loaded in {} ms, warmed up in {} ms, {} s of speech per second and state",
                options.model(),
                options.states(),
                options.threads(),
                loading.toMillis(),
                warmUp.toMillis(),
                Math.round(recognizer.speed() * 10) / 10.0);
        return recognizer;
    }

    private WhisperRecognizer(Options options, WhisperModel model, RecognitionMetrics metrics, Watchdog watchdog) {
        this.options = options;
        this.model = model;
        this.metrics = metrics;
        int partialsAtOnce = Math.max(1, options.states() - 1);
        this.queue = new DecodeQueue(
                new Bounds(MAX_FINALS_WAITING, MAX_OTHERS_WAITING, PARTIAL_PATIENCE, partialsAtOnce),
                System::nanoTime,
                Thread::startVirtualThread,
                metrics);
        this.watchdog = watchdog;
        this.watching = Thread.ofVirtual().name("decode-watchdog").start(this::lookForHanging);
        this.watch = metrics.watch(queue);
        this.speed = new Speed();
    }

    private void start() {
        List<CompletableFuture<Void>> warm = new ArrayList<>();
        for (WhisperState state : model.states()) {
            WhisperDecoder decoder = new WhisperDecoder(state, model.languages(), options, metrics);
            CompletableFuture<Void> ready = new CompletableFuture<>();
            warm.add(ready);
            threads.add(Thread.ofPlatform()
                    .name("decode-" + options.model() + "-" + threads.size())
                    .daemon()
                    .start(() -> run(decoder, ready)));
        }
        try {
            CompletableFuture.allOf(warm.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            close();
            throw new ModelUnreadable("model: " + options.file() + " cannot decode: " + e.getCause(), e);
        }
    }

    @Override
    public Ticket submit(DecodeRequest request) {
        return queue.submit(request);
    }

    @Override
    public String model() {
        return options.model();
    }

    @Override
    public double speed() {
        return speed.value();
    }

    @Override
    public int states() {
        return options.states();
    }

    @Override
    public boolean isStuck() {
        return watchdog.isHanging();
    }

    @Override
    public Vitals vitals() {
        return queue.vitals();
    }

    /** How many wait. */
    int waiting(Priority priority) {
        return queue.depth(priority);
    }

    @Override
    public void close() {
        queue.close();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive() && !watchdog.isHanging()) {
                try {
                    thread.join(LOOK);
                } catch (InterruptedException e) {
                    interrupted = true; // the model must not be freed under a running decode
                }
            }
        }
        watching.interrupt();
        watch.close();
        if (watchdog.isHanging()) {
            log.error("A decode hangs in the native library: model {} cannot be freed", options.model());
        } else {
            model.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The owner of one model state. */
    private void run(WhisperDecoder decoder, CompletableFuture<Void> ready) {
        try {
            speed.warmUp(decoder, options.threads());
            ready.complete(null);
        } catch (RuntimeException e) {
            ready.completeExceptionally(e);
            return;
        } finally {
            ready.completeExceptionally(new IllegalStateException("the thread ended")); // unless it is complete
        }
        try {
            Optional<Job> next = queue.take();
            while (next.isPresent()) {
                decode(next.get(), decoder);
                next = queue.take();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void decode(Job job, WhisperDecoder decoder) {
        DecodeRequest request = job.request;
        int threads = threadsFor(job);
        long begin = System.nanoTime();
        Duration limit = watchdog.limit(request.seconds(), speed.value());
        watchdog.begins(job, limit);
        Recognition recognition = new Failed("defect", "the thread ended");
        try {
            recognition = decoder.recognize(
                    request,
                    threads,
                    () -> job.isStopped() || System.nanoTime() - begin > limit.toNanos(),
                    () -> new Timing(job.queued(), since(begin)));
            if (recognition instanceof Recognition.Dropped && !job.isStopped()) {
                recognition = new Failed(TOO_SLOW, "aborted after " + limit + ": " + request.seconds() + " s of audio");
            }
        } catch (RuntimeException e) {
            log.error("A decode failed for a defect of ours, utterance {}", request.utteranceId(), e);
            recognition = new Failed("defect", e.toString());
        } finally {
            watchdog.ends(job);
            if (!job.isStopped()) {
                count(request, recognition, job.queued(), since(begin), threads);
            }
            queue.finished(job, recognition);
        }
    }

    /** The text that somebody waits for takes the cores that nobody else wants. A partial does not: a final may come any moment. */
    private int threadsFor(Job job) {
        int all = Math.min(MOST_THREADS, options.states() * options.threads());
        return job.request.priority() != Priority.PARTIAL && queue.isAlone(job)
                ? Math.max(options.threads(), all)
                : options.threads();
    }

    /** Nobody waits for a decode that does not come back; the process is to be started anew ({@link #isStuck}). */
    private void lookForHanging() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                for (Job job : watchdog.newlyHanging()) {
                    log.error(
                            "A decode does not come back from the native library, utterance {}",
                            job.request.utteranceId());
                    metrics.failed(HANGS);
                    queue.finished(
                            job,
                            new Failed(HANGS, "no answer from whisper.cpp: " + job.request.seconds() + " s of audio"));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private void count(DecodeRequest request, Recognition recognition, Duration queued, Duration decoded, int threads) {
        metrics.decoded(request.priority(), request.seconds(), queued, decoded);
        speed.observe(request, decoded.multipliedBy(threads).dividedBy(options.threads()));
        switch (recognition) {
            case Suppressed suppressed -> metrics.suppressed(suppressed.guard());
            case Failed failed -> metrics.failed(failed.reason());
            case Recognition.Text _, Recognition.NoWords _, Recognition.Dropped _ -> {}
        }
    }
}
