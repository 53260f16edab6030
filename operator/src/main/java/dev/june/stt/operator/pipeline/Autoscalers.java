package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.probe.Poller;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for autoscalers that others made: a list of the HorizontalPodAutoscalers a minute, of every namespace at once or of each that
 * is looked after. Called by reconciles, from any of their threads.
 */
final class Autoscalers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Autoscalers.class);
    private static final Duration AGAIN = Duration.ofMinutes(1);
    private static final String EVERYWHERE = "";

    private final KubernetesClient client;
    private final boolean everywhere;
    private final Poller<String, Set<ForeignAutoscaler>> poller;

    /** @param changed called on a background thread for every pipeline when there are others than before */
    Autoscalers(KubernetesClient client, boolean everywhere, Consumer<ResourceID> changed) {
        this.client = client;
        this.everywhere = everywhere;
        this.poller = new Poller<>("autoscalers", this::look, _ -> false, (_, _) -> AGAIN, changed);
    }

    /** Those seen last. */
    Set<ForeignAutoscaler> seen(SttPipeline pipeline) {
        String key = everywhere ? EVERYWHERE : pipeline.getMetadata().getNamespace();
        return poller.watch(ResourceID.fromResource(pipeline), Set.of(key)).getOrDefault(key, Set.of());
    }

    void forget(ResourceID pipeline) {
        poller.forget(pipeline);
    }

    @Override
    public void close() {
        poller.close();
    }

    private Optional<Set<ForeignAutoscaler>> look(String namespace) {
        var autoscalers = client.autoscaling().v2().horizontalPodAutoscalers();
        try {
            var found = namespace.equals(EVERYWHERE)
                    ? autoscalers.inAnyNamespace().list()
                    : autoscalers.inNamespace(namespace).list();
            return Optional.of(found.getItems().stream()
                    .flatMap(each -> ForeignAutoscaler.of(each).stream())
                    .collect(Collectors.toUnmodifiableSet()));
        } catch (KubernetesClientException e) {
            LOG.atDebug().addKeyValue("code", e.getCode()).log("Autoscalers cannot be listed now");
            return Optional.empty();
        }
    }
}
