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
    private static final Bounds BOUNDS = new Bounds(256, 64, Duration.ofSeconds(2));

    private final Options options;
    private final RecognitionMetrics metrics;
    private final WhisperModel model;
    private final DecodeQueue queue;
    private final RecognitionMetrics.Watch watch;
    private final Speed speed;
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
        long begin = System.nanoTime();
        WhisperModel model = WhisperModel.load(library, options.file(), options.gpu(), options.states());
        Duration loading = Duration.ofNanos(System.nanoTime() - begin);
        WhisperRecognizer recognizer = new WhisperRecognizer(options, model, metrics);
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

    private WhisperRecognizer(Options options, WhisperModel model, RecognitionMetrics metrics) {
        this.options = options;
        this.model = model;
        this.metrics = metrics;
        this.queue = new DecodeQueue(BOUNDS, System::nanoTime, Thread::startVirtualThread, metrics);
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

    /** How many wait. */
    int waiting(Priority priority) {
        return queue.depth(priority);
    }

    @Override
    public void close() {
        queue.close();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true; // the model must not be freed under a running decode
                }
            }
        }
        watch.close();
        model.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The owner of one model state. */
    private void run(WhisperDecoder decoder, CompletableFuture<Void> ready) {
        try {
            speed.warmUp(decoder);
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
        long begin = System.nanoTime();
        Recognition recognition = new Failed("defect", "the thread ended");
        try {
            recognition = decoder.recognize(
                    request,
                    job::isStopped,
                    () -> new Timing(job.queued(), Duration.ofNanos(System.nanoTime() - begin)));
        } catch (RuntimeException e) {
            log.error("A decode failed for a defect of ours, utterance {}", request.utteranceId(), e);
            recognition = new Failed("defect", e.toString());
        } finally {
            if (!job.isStopped()) {
                count(request, recognition, job.queued(), Duration.ofNanos(System.nanoTime() - begin));
            }
            queue.finished(job, recognition);
        }
    }

    private void count(DecodeRequest request, Recognition recognition, Duration queued, Duration decoded) {
        metrics.decoded(request.priority(), request.seconds(), queued, decoded);
        speed.observe(request, decoded);
        switch (recognition) {
            case Suppressed suppressed -> metrics.suppressed(suppressed.guard());
            case Failed failed -> metrics.failed(failed.reason());
            case Recognition.Text _, Recognition.NoWords _, Recognition.Dropped _ -> {}
        }
    }
}
