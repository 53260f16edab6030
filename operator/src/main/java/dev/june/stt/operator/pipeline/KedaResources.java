package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.transcript.Subjects;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What KEDA is told: to scale the pipeline itself by its scale subresource, never its Deployment, which the operator writes. Pure.
 * docs/autoscaling.md says what the triggers count.
 */
final class KedaResources {
    static final String GROUP = "keda.sh";
    static final String VERSION = "v1alpha1";
    static final String KIND = "ScaledObject";

    /** KEDA names the HPA that it makes after its ScaledObject. */
    static String autoscaler(SttPipeline pipeline) {
        return "keda-hpa-" + Names.workers(pipeline);
    }

    private KedaResources() {}

    static GenericKubernetesResource scaledObject(SttPipeline pipeline) {
        Autoscaling settings = pipeline.getSpec().autoscaling();
        int fewest = Math.max(1, pipeline.getSpec().workers().replicas().min());
        int most = Math.max(fewest, pipeline.getSpec().workers().replicas().max());
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(GROUP + "/" + VERSION)
                .withKind(KIND)
                .withMetadata(Names.owned(pipeline, Names.workers(pipeline)))
                .addToAdditionalProperties(
                        "spec",
                        Map.of(
                                "scaleTargetRef",
                                Map.of(
                                        "apiVersion", pipeline.getApiVersion(),
                                        "kind", pipeline.getKind(),
                                        "name", pipeline.getMetadata().getName()),
                                "minReplicaCount",
                                fewest,
                                "maxReplicaCount",
                                most,
                                "pollingInterval",
                                15,
                                // Nothing known never makes the pool smaller.
                                "fallback",
                                Map.of(
                                        "failureThreshold",
                                        3,
                                        "replicas",
                                        fewest,
                                        "behavior",
                                        "currentReplicasIfHigher"),
                                "advanced",
                                Map.of("horizontalPodAutoscalerConfig", Map.of("behavior", behavior(settings))),
                                "triggers",
                                triggers(pipeline, settings)))
                .build();
    }

    /** As in mode Operator: at most double or four more at once; one worker less a minute, as it has rooms to hand over. */
    private static Map<String, Object> behavior(Autoscaling settings) {
        return Map.of(
                "scaleUp",
                Map.of(
                        "stabilizationWindowSeconds",
                        settings.scaleUpStabilization().value().toSeconds(),
                        "selectPolicy",
                        "Max",
                        "policies",
                        List.of(policy("Percent", 100), policy("Pods", 4))),
                "scaleDown",
                Map.of(
                        "stabilizationWindowSeconds",
                        settings.scaleDownStabilization().value().toSeconds(),
                        "policies",
                        List.of(policy("Pods", 1))));
    }

    private static Map<String, Object> policy(String type, int value) {
        return Map.of("type", type, "value", value, "periodSeconds", 60);
    }

    private static List<Map<String, Object>> triggers(SttPipeline pipeline, Autoscaling settings) {
        List<Map<String, Object>> triggers = new ArrayList<>();
        Autoscaling.Keda keda = settings.keda();
        if (keda != null && keda.prometheusUrl() != null) {
            triggers.add(prometheus(pipeline, settings, keda.prometheusUrl()));
        }
        if (keda != null && keda.natsMonitoring() != null) {
            Subjects subjects = new Subjects(
                    pipeline.getMetadata().getNamespace(),
                    pipeline.getMetadata().getName());
            triggers.add(trigger(
                    "nats-jetstream",
                    Map.of(
                            "natsServerMonitoringEndpoint",
                            keda.natsMonitoring(),
                            "account",
                            keda.natsAccount(),
                            "stream",
                            subjects.utterancesStream(),
                            "consumer",
                            subjects.decoders(),
                            "lagThreshold",
                            Integer.toString(settings.targetQueueSeconds()))));
        }
        return triggers;
    }

    /** Workers that the live tracks would fill, against the share of a worker that is meant to be used. */
    private static Map<String, Object> prometheus(SttPipeline pipeline, Autoscaling settings, String url) {
        String workers = "{namespace=\"" + pipeline.getMetadata().getNamespace() + "\",pod=~\""
                + Names.workers(pipeline) + "-.+\"}";
        double utilization = settings.targetUtilization() / 100.0;
        String query = "sum(stt_tracks_counted" + workers + ") / avg(stt_tracks_capacity" + workers + ")"
                + (settings.warmStandby() == 0
                        ? ""
                        : String.format(Locale.ROOT, " + %.2f", settings.warmStandby() * utilization));
        return trigger(
                "prometheus",
                Map.of(
                        "serverAddress",
                        url,
                        "query",
                        query,
                        "threshold",
                        String.format(Locale.ROOT, "%.2f", utilization),
                        // An answer without figures is a failure, for which there is the fallback; it is not zero.
                        "ignoreNullValues",
                        "false"));
    }

    private static Map<String, Object> trigger(String type, Map<String, Object> metadata) {
        return Map.of("type", type, "metricType", "AverageValue", "metadata", metadata);
    }
}
