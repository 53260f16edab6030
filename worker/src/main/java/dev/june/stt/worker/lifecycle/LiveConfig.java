package dev.june.stt.worker.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.worker.recognition.whisper.ModelException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration that this worker runs: one immutable document, swapped as a whole. Readers take it once for each decision; a track takes
 * it between utterances. A document that cannot be applied is refused as a whole, the last good one stays. Offers wait for each other.
 */
public final class LiveConfig {
    private static final Logger log = LoggerFactory.getLogger(LiveConfig.class);

    private final Map<String, String> environment;
    private final BiConsumer<PipelineConfig, PipelineConfig> prepare;
    private final List<Consumer<PipelineConfig>> followers = new CopyOnWriteArrayList<>();
    private volatile PipelineConfig current;
    private volatile WorkerReport.@Nullable Refusal refusal;

    @GuardedBy("this")
    private WorkerReport.@Nullable Refusal lacking;

    /**
     * @param prepare does what must succeed before the second document replaces the first, such as loading another model
     */
    LiveConfig(
            PipelineConfig first, Map<String, String> environment, BiConsumer<PipelineConfig, PipelineConfig> prepare) {
        this.current = first;
        this.environment = Map.copyOf(environment);
        this.prepare = prepare;
    }

    public PipelineConfig current() {
        return current;
    }

    /** Tells of this configuration and of each that takes its place, which cannot fail because of that. */
    synchronized void follow(Consumer<PipelineConfig> follower) {
        followers.add(follower);
        follower.accept(current);
    }

    /** Why the newest document does not run, if it does not. */
    Optional<WorkerReport.Refusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** The document that runs does so in part: the worker started without one of its variants. */
    synchronized void startedWithout(ConfigDocument.InvalidConfig why) {
        refuse(current.generation(), why.field(), String.valueOf(why.getMessage()));
        lacking = refusal;
    }

    /** Takes a document over, or refuses it and says why. May take as long as a model takes to load. */
    synchronized void offer(String document) {
        PipelineConfig before = current;
        PipelineConfig offered;
        try {
            offered = ConfigDocument.parse(document, environment);
        } catch (ConfigDocument.InvalidConfig e) {
            refuse(0, e.field(), String.valueOf(e.getMessage()));
            return;
        }
        if (offered.equals(before)) {
            refusal = lacking;
            return;
        }
        if (!offered.namespace().equals(before.namespace()) || !offered.name().equals(before.name())) {
            refuse(
                    offered.generation(),
                    "name",
                    "expected " + before.namespace() + "/" + before.name() + ", got " + offered.namespace() + "/"
                            + offered.name());
            return;
        }
        try {
            prepare.accept(before, offered);
        } catch (ModelException e) {
            refuse(offered.generation(), "spec.model", String.valueOf(e.getMessage()));
            return;
        } catch (ConfigDocument.InvalidConfig e) {
            refuse(offered.generation(), e.field(), String.valueOf(e.getMessage()));
            return;
        }
        lacking = null;
        current = offered;
        refusal = null;
        followers.forEach(follower -> follower.accept(offered));
        log.info("configuration applied; generation={}", offered.generation());
    }

    /** Takes a document over unless it is older than the one that runs: a mounted file may lag behind the bucket. */
    synchronized void offerIfNewer(String document) {
        try {
            if (ConfigDocument.parse(document, environment).generation() <= current.generation()) {
                return;
            }
        } catch (ConfigDocument.InvalidConfig e) {
            log.debug("a document that may be older is not valid: it is offered, so that its refusal is reported");
        }
        offer(document);
    }

    private void refuse(long generation, String field, String message) {
        WorkerReport.Refusal refused = new WorkerReport.Refusal(generation, field, message);
        if (!refused.equals(refusal)) {
            log.warn(
                    "configuration refused, the last good one stays; generation={} field={}: {}",
                    generation,
                    field,
                    message);
        }
        refusal = refused;
    }
}
