package dev.june.stt.worker.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.Model;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Share;
import dev.june.stt.config.Variant;
import dev.june.stt.worker.recognition.MicrometerRecognitionMetrics;
import dev.june.stt.worker.recognition.RecognitionMetrics;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.Recognizers;
import dev.june.stt.worker.recognition.WhisperRecognizer;
import dev.june.stt.worker.recognition.whisper.ModelException;
import dev.june.stt.worker.recognition.whisper.ModelStore;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import dev.june.stt.worker.variant.Treatment;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recognizers that are in use: the pipeline's and those of its variants; variants with the same model share one. Another model is loaded
 * and warmed beside the others, then takes its place; one that nothing needs any more finishes what it has begun and is freed. Any thread may
 * ask for one, changes wait for each other.
 */
final class LoadedRecognizer implements Recognizers, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LoadedRecognizer.class);

    private final WhisperLibrary library;
    private final ModelStore store;
    private final RecognitionMetrics metrics;
    private final ModelMemory memory;
    private final ConfigDocument.@Nullable InvalidConfig missing;
    private volatile Used used;

    @GuardedBy("this")
    private Map<Loading, Recognizer> loaded = Map.of();

    /** What is fixed when a model is loaded; the rest is said with each request. */
    private record Loading(Model model, Duration mergeTolerance) {}

    /** By the variant's name; the pipeline's own under the empty one. */
    private record Used(Map<String, Recognizer> recognizers, List<Share> shares) {}

    /**
     * A variant whose model cannot be had does not keep a worker from starting, see {@link #missing}.
     *
     * @throws ModelException if the pipeline's model cannot be had or used
     */
    LoadedRecognizer(PipelineConfig config, WorkerSettings settings, MeterRegistry metrics) {
        Path own = settings.whisper().library();
        this.library = own == null ? WhisperLibrary.bundled() : WhisperLibrary.in(own);
        this.store = new ModelStore(new ModelStore.Folders(settings.models(), settings.volume(), settings.downloads()));
        this.metrics = new MicrometerRecognitionMetrics(metrics);
        this.memory = ModelMemory.ofThisContainer();
        Map<Loading, Recognizer> first = new HashMap<>();
        Map<String, Recognizer> recognizers = new LinkedHashMap<>();
        ConfigDocument.@Nullable InvalidConfig failed = null;
        for (Map.Entry<String, Loading> each : wanted(config).entrySet()) {
            try {
                recognizers.put(each.getKey(), first.computeIfAbsent(each.getValue(), this::load));
            } catch (ModelException e) {
                if (each.getKey().equals(Treatment.PIPELINE)) {
                    throw e;
                }
                failed = refusal(config, each.getKey(), e);
                log.error("a variant's rooms are treated as the pipeline itself: {}", failed.getMessage());
            }
        }
        this.missing = failed;
        this.loaded = Map.copyOf(first);
        this.used = new Used(Map.copyOf(recognizers), Treatment.shares(config));
    }

    /** Why a variant of the first configuration does not run, if one does not. */
    Optional<ConfigDocument.InvalidConfig> missing() {
        return Optional.ofNullable(missing);
    }

    @Override
    public Recognizer get() {
        return of(Treatment.PIPELINE);
    }

    @Override
    public Recognizer of(String variant) {
        Map<String, Recognizer> recognizers = used.recognizers();
        Recognizer own = recognizers.get(variant);
        return own != null ? own : Objects.requireNonNull(recognizers.get(Treatment.PIPELINE));
    }

    @Override
    public boolean knows(String variant) {
        return used.recognizers().containsKey(variant);
    }

    /** Of what new rooms bring: a second of speech costs what it costs in each variant, by their shares. */
    @Override
    public double speed() {
        Used now = used;
        double seconds = 0;
        int left = 100;
        for (Share share : now.shares()) {
            left -= share.weight();
            seconds += share.weight() / of(share.variant()).speed();
        }
        return 100 / (seconds + left / get().speed());
    }

    @Override
    public boolean isStuck() {
        return used.recognizers().values().stream().anyMatch(Recognizer::isStuck);
    }

    /**
     * @throws ModelException if the pipeline's model cannot be had or used; those in use stay
     * @throws ConfigDocument.InvalidConfig if that is so of a variant's
     */
    synchronized void change(PipelineConfig after) {
        Map<String, Loading> wanted = wanted(after);
        Map<Loading, Recognizer> next = new HashMap<>();
        Map<String, Recognizer> recognizers = new LinkedHashMap<>();
        Set<Recognizer> fresh = new HashSet<>();
        String variant = Treatment.PIPELINE;
        try {
            for (Map.Entry<String, Loading> each : wanted.entrySet()) {
                variant = each.getKey();
                Loading loading = each.getValue();
                Recognizer recognizer = next.containsKey(loading) ? next.get(loading) : loaded.get(loading);
                if (recognizer == null) {
                    recognizer = load(loading);
                    fresh.add(recognizer);
                }
                next.put(loading, recognizer);
                recognizers.put(variant, recognizer);
            }
        } catch (ModelException e) {
            fresh.forEach(Recognizer::close);
            throw variant.equals(Treatment.PIPELINE) ? e : refusal(after, variant, e);
        }
        Map<Loading, Recognizer> before = loaded;
        loaded = Map.copyOf(next);
        used = new Used(Map.copyOf(recognizers), Treatment.shares(after));
        before.forEach((loading, recognizer) -> {
            if (!next.containsKey(loading)) {
                Thread.ofVirtual().name("free-" + recognizer.model()).start(recognizer::close);
            }
        });
    }

    @Override
    public synchronized void close() {
        loaded.values().forEach(Recognizer::close);
    }

    /** Of the pipeline first, and of each variant that may have rooms: also of one that was given up, whose rooms still speak. */
    private static Map<String, Loading> wanted(PipelineConfig config) {
        Map<String, Loading> wanted = new LinkedHashMap<>();
        wanted.put(Treatment.PIPELINE, loading(Treatment.of(config, Treatment.PIPELINE)));
        config.spec().variants().stream()
                .filter(variant -> variant.weight() > 0)
                .map(Variant::name)
                .forEach(name -> wanted.put(name, loading(Treatment.of(config, name))));
        return wanted;
    }

    private Recognizer load(Loading loading) {
        Model model = loading.model();
        Path file = store.resolve(model);
        int states = WhisperRecognizer.statesFor(Runtime.getRuntime().availableProcessors(), model.threads());
        memory.require(file, states);
        return WhisperRecognizer.open(
                library,
                new WhisperRecognizer.Options(
                        model.name(),
                        file,
                        model.device() == Model.Device.CUDA,
                        states,
                        model.threads(),
                        model.beamSize(),
                        loading.mergeTolerance()),
                metrics);
    }

    private static ConfigDocument.InvalidConfig refusal(PipelineConfig config, String variant, ModelException e) {
        List<String> names =
                config.spec().variants().stream().map(Variant::name).toList();
        return new ConfigDocument.InvalidConfig(
                "spec.variants[" + names.indexOf(variant) + "].model", "variant " + variant + ": " + e.getMessage(), e);
    }

    private static Loading loading(Treatment treatment) {
        Model model = treatment.model();
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
        return new Loading(fixed, treatment.segmentation().mergeTolerance().value());
    }
}
