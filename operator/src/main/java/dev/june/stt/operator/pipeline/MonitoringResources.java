package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;

/** What the Prometheus operator is told about a pipeline's workers. Pure. */
final class MonitoringResources {
    static final String GROUP = "monitoring.coreos.com";
    static final String VERSION = "v1";

    private static final String POD_MONITOR = """
            selector:
              matchLabels:
                app.kubernetes.io/name: june-stt-worker
                stt.june.dev/pipeline: "NAME"
            podMetricsEndpoints:
            - {port: http, path: /metrics, interval: 15s}
            """;

    /** docs/alerts.md has a section for each. */
    private static final String ALERTS = """
            groups:
            - name: june-stt.NAMESPACE.NAME
              rules:
              - alert: JuneSttUtterancesFailed
                expr: sum(increase(stt_utterances_total{WORKERS,state="failed"}[15m])) > 0
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Utterances could not be decoded and are dead letters
                  runbook: docs/alerts.md#junesttutterancesfailed
              - alert: JuneSttDeadLetters
                expr: max(stt_dead_letters{WORKERS}) > 0
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Dead letters wait for somebody to look at them
                  runbook: docs/alerts.md#junesttdeadletters
              - alert: JuneSttFinalsLate
                expr: max(stt_decode_queue_age_seconds{WORKERS,priority="final"}) > 30
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: FINALs wait for their decode, as the workers do not keep up
                  runbook: docs/alerts.md#junesttfinalslate
              - alert: JuneSttSpoolNotDraining
                expr: min_over_time(stt_spool_utterances{WORKERS}[10m]) > 0
                labels: {severity: critical, pipeline: "NAME"}
                annotations:
                  summary: Utterances stay on a worker's disk, as NATS does not take them
                  runbook: docs/alerts.md#junesttspoolnotdraining
              - alert: JuneSttAudioDropped
                expr: sum(increase(stt_frames_dropped_total{WORKERS}[10m])) > 0
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Workers drop audio, as they have more rooms than they can listen to
                  runbook: docs/alerts.md#junesttaudiodropped
            """;

    private final Map<String, String> labels;

    /** @param labels more labels, for a Prometheus that selects by label */
    MonitoringResources(Map<String, String> labels) {
        this.labels = Map.copyOf(labels);
    }

    GenericKubernetesResource podMonitor(SttPipeline pipeline) {
        return resource(pipeline, "PodMonitor", Names.workers(pipeline), POD_MONITOR);
    }

    GenericKubernetesResource prometheusRule(SttPipeline pipeline) {
        return resource(pipeline, "PrometheusRule", Names.alerts(pipeline), ALERTS);
    }

    /** Names of pipelines and namespaces hold nothing that would have to be escaped. */
    private GenericKubernetesResource resource(SttPipeline pipeline, String kind, String name, String spec) {
        String namespace = pipeline.getMetadata().getNamespace();
        String filled = spec.replace(
                        "WORKERS", "namespace=\"" + namespace + "\",pod=~\"" + Names.workers(pipeline) + "-.+\"")
                .replace("NAMESPACE", namespace)
                .replace("NAME", pipeline.getMetadata().getName());
        ObjectMeta metadata = Names.owned(pipeline, name);
        labels.forEach(metadata.getLabels()::putIfAbsent);
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(GROUP + "/" + VERSION)
                .withKind(kind)
                .withMetadata(metadata)
                .addToAdditionalProperties("spec", Serialization.unmarshal(filled, Map.class))
                .build();
    }
}
