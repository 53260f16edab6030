package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.Model;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.worker.recognition.MicrometerRecognitionMetrics;
import dev.june.stt.worker.recognition.RecognitionMetrics;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.WhisperRecognizer;
import dev.june.stt.worker.recognition.whisper.ModelException;
import dev.june.stt.worker.recognition.whisper.ModelStore;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * The recognizer that is in use. Another model is loaded and warmed beside it, then takes its place; the old one finishes what it has
 * begun and is freed. Any thread may ask for it, changes wait for each other.
 */
final class LoadedRecognizer implements Supplier<Recognizer>, AutoCloseable {
    private final WhisperLibrary library;
    private final ModelStore store;
    private final RecognitionMetrics metrics;
    private volatile Recognizer current;

    /** What is fixed when a model is loaded; the rest is said with each request. */
    private record Loading(Model model, Duration mergeTolerance) {}

    /**
     * @throws ModelException if the model cannot be had or used
     */
    LoadedRecognizer(PipelineConfig config, WorkerSettings settings, MeterRegistry metrics) {
        Path own = settings.whisper().library();
        this.library = own == null ? WhisperLibrary.bundled() : WhisperLibrary.in(own);
        this.store = new ModelStore(new ModelStore.Folders(settings.models(), settings.volume(), settings.downloads()));
        this.metrics = new MicrometerRecognitionMetrics(metrics);
        this.current = load(loading(config));
    }

    @Override
    public Recognizer get() {
        return current;
    }

    /**
     * @throws ModelException if the model cannot be had or used; the one in use stays
     */
    synchronized void change(PipelineConfig before, PipelineConfig after) {
        if (loading(before).equals(loading(after))) {
            return;
        }
        Recognizer old = current;
        current = load(loading(after));
        Thread.ofVirtual().name("free-" + old.model()).start(old::close);
    }

    @Override
    public synchronized void close() {
        current.close();
    }

    private Recognizer load(Loading loading) {
        Model model = loading.model();
        return WhisperRecognizer.open(
                library,
                new WhisperRecognizer.Options(
                        model.name(),
                        store.resolve(model),
                        model.device() == Model.Device.CUDA,
                        WhisperRecognizer.statesFor(Runtime.getRuntime().availableProcessors(), model.threads()),
                        model.threads(),
                        model.beamSize(),
                        loading.mergeTolerance()),
                metrics);
    }

    private static Loading loading(PipelineConfig config) {
        Model model = config.spec().model();
        Model fixed = new Model(
                model.name(),
                model.source(),
                model.url(),
                model.sha256(),
                model.claimName(),
                model.path(),
                model.quantization(),
                "en",
                List.of(),
                List.of(),
                model.device(),
                model.threads(),
                model.beamSize());
        return new Loading(fixed, config.spec().segmentation().mergeTolerance().value());
    }
}
