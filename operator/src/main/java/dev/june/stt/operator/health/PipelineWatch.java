package dev.june.stt.operator.health;

import dev.june.stt.operator.OperatorSettings;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Compares the pipelines that the API server lists with those that have arrived by the operator's watch: the one watch without which
 * nothing happens at all. Once a minute, a page at a time, from a thread of its own; writes nothing.
 */
public final class PipelineWatch implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineWatch.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final long PAGE = 100;

    private final KubernetesClient client;
    private final OperatorSettings settings;
    private final Function<ResourceID, Optional<String>> arrived;
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pipeline-watch").factory());
    private volatile Missed<ResourceID> missed = Missed.nothing();
    private volatile boolean running;

    /** @param arrived version of a pipeline by the watch */
    public PipelineWatch(
            KubernetesClient client, OperatorSettings settings, Function<ResourceID, Optional<String>> arrived) {
        this.client = client;
        this.settings = settings;
        this.arrived = arrived;
    }

    /** Whether a pipeline has changed a minute ago and more, and the watch has not said so. */
    public boolean isDeaf() {
        return missed.isDeaf();
    }

    /** Looks once; not from two threads at a time. */
    public void look() {
        try {
            missed = missed.look(read(), arrived);
        } catch (KubernetesClientException e) {
            LOG.atDebug().addKeyValue("code", e.getCode()).log("The pipelines cannot be listed now");
        }
    }

    @Override
    public void start() {
        running = true;
        var _ = reader.scheduleWithFixedDelay(this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        running = false;
        reader.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After the operator has filled its caches. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    private Map<ResourceID, String> read() {
        Map<ResourceID, String> versions = new HashMap<>();
        if (settings.namespaces().isEmpty()) {
            read(null, versions);
        } else {
            settings.namespaces().forEach(namespace -> read(namespace, versions));
        }
        return versions;
    }

    private void read(@Nullable String namespace, Map<ResourceID, String> versions) {
        @Nullable String next = null;
        do {
            ListOptions page =
                    new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build();
            var pipelines = client.resources(SttPipeline.class);
            KubernetesResourceList<SttPipeline> list = namespace == null
                    ? pipelines.inAnyNamespace().list(page)
                    : pipelines.inNamespace(namespace).list(page);
            List<SttPipeline> found = list.getItems();
            found.forEach(pipeline -> versions.put(
                    ResourceID.fromResource(pipeline), pipeline.getMetadata().getResourceVersion()));
            next = list.getMetadata().getContinue();
        } while (next != null && !next.isEmpty());
    }
}
