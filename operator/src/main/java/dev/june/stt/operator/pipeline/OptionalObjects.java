package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.probe.Poller;
import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.GroupVersionKind;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * PodMonitor, PrometheusRule and ScaledObject of pipelines, in clusters that know these kinds. Whether they do is asked in the
 * background, once for all pipelines; a kind that is installed later is taken up then. Called by reconciles, from any of their threads.
 */
final class OptionalObjects implements AutoCloseable {
    static final GroupVersionKind SCALED_OBJECT =
            new GroupVersionKind(KedaResources.GROUP, KedaResources.VERSION, KedaResources.KIND);

    private static final Set<String> APIS = Set.of(
            MonitoringResources.GROUP + "/" + MonitoringResources.VERSION,
            KedaResources.GROUP + "/" + KedaResources.VERSION);
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final Poller<String, Set<String>> kinds;
    private final Map<OptionalObject, Predicate<SttPipelineSpec>> objects;

    /** @param changed called on a background thread for every pipeline when the cluster knows other kinds than before */
    OptionalObjects(
            KubernetesClient client, HandEdits handEdits, Map<String, String> labels, Consumer<ResourceID> changed) {
        this.kinds = new Poller<>("kinds", api -> kindsOf(client, api), _ -> false, (_, _) -> AGAIN, changed);
        MonitoringResources resources = new MonitoringResources(labels);
        this.objects = Map.of(
                new OptionalObject(monitoring("PodMonitor"), handEdits, Names::workers, resources::podMonitor),
                spec -> spec.observability().podMonitor(),
                new OptionalObject(monitoring("PrometheusRule"), handEdits, Names::alerts, resources::prometheusRule),
                spec -> spec.observability().prometheusRule(),
                new OptionalObject(SCALED_OBJECT, handEdits, Names::workers, KedaResources::scaledObject),
                spec -> spec.autoscaling().mode() == Autoscaling.Mode.KEDA && !spec.suspend());
    }

    void apply(SttPipeline pipeline, Context<SttPipeline> context) {
        objects.forEach((object, isWanted) -> {
            if (isKnown(pipeline, object.kind()).orElse(false)) {
                object.watch(context);
                object.reconcile(pipeline, context, isWanted.test(pipeline.getSpec()));
            }
        });
    }

    /** Whether the cluster knows a kind; empty while that was not asked yet. */
    Optional<Boolean> isKnown(SttPipeline pipeline, GroupVersionKind kind) {
        return Optional.ofNullable(kinds.watch(ResourceID.fromResource(pipeline), APIS)
                        .get(kind.getGroup() + "/" + kind.getVersion()))
                .map(known -> known.contains(kind.getKind()));
    }

    private static GroupVersionKind monitoring(String kind) {
        return new GroupVersionKind(MonitoringResources.GROUP, MonitoringResources.VERSION, kind);
    }

    void forget(ResourceID pipeline) {
        kinds.forget(pipeline);
    }

    @Override
    public void close() {
        kinds.close();
    }

    private static Optional<Set<String>> kindsOf(KubernetesClient client, String api) {
        try {
            @Nullable APIResourceList found = client.getApiResources(api);
            List<APIResource> resources = found == null ? List.of() : found.getResources();
            return Optional.of(resources.stream().map(APIResource::getKind).collect(Collectors.toUnmodifiableSet()));
        } catch (KubernetesClientException e) {
            return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND ? Optional.of(Set.of()) : Optional.empty();
        }
    }
}
