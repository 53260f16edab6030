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

    /** docs/runbooks has a page for each; e2e/tests/it_rules.py says when each is to fire. */
    private static final String ALERTS = """
            groups:
            - name: june-stt.NAMESPACE.NAME
              rules:
              - alert: JuneSttUtterancesFailed
                expr: sum(increase(stt_utterances_total{WORKERS,state="failed"}[15m])) > 0
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Utterances could not be decoded and are dead letters
                  runbook: docs/runbooks/JuneSttUtterancesFailed.md
              - alert: JuneSttUtterancesLost
                expr: sum(increase(stt_utterances_total{WORKERS,state="lost"}[15m])) > 0
                labels: {severity: critical, pipeline: "NAME"}
                annotations:
                  summary: A defect took utterances, and nothing will be published about them
                  runbook: docs/runbooks/JuneSttUtterancesLost.md
              - alert: JuneSttLedgerUnbalanced
                expr: >-
                  sum(increase(stt_utterances_total{WORKERS,state="opened"}[1h]))
                  - sum(increase(stt_utterances_total{WORKERS,state=~"final|empty|discarded|failed|lost"}[1h]))
                  - sum(stt_utterances_open{WORKERS}) - sum(stt_spool_utterances{WORKERS})
                  - max(stt_queue_depth{WORKERS,queue="utterances"})
                  > 5 + 0.05 * sum(increase(stt_utterances_total{WORKERS,state="opened"}[1h]))
                for: 15m
                labels: {severity: critical, pipeline: "NAME"}
                annotations:
                  summary: More utterances were opened than ended or are on their way
                  runbook: docs/runbooks/JuneSttLedgerUnbalanced.md
              - alert: JuneSttDeadLetters
                expr: max(stt_dead_letters_waiting{WORKERS}) > 0
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Dead letters wait for somebody to look at them
                  runbook: docs/runbooks/JuneSttDeadLetters.md
              - alert: JuneSttFinalsLate
                expr: >-
                  max(stt_decode_queue_age_seconds{WORKERS,priority="final"}) > 30
                  or max(stt_queue_age_seconds{WORKERS,queue="utterances"}) > 60
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: FINALs wait for their decode, as the workers do not keep up
                  runbook: docs/runbooks/JuneSttFinalsLate.md
              - alert: JuneSttSpoolNotDraining
                expr: min_over_time(stt_spool_utterances{WORKERS}[5m]) > 0
                for: 5m
                labels: {severity: critical, pipeline: "NAME"}
                annotations:
                  summary: Utterances stay on a worker's disk, as NATS does not take them
                  runbook: docs/runbooks/JuneSttSpoolNotDraining.md
              - alert: JuneSttAudioDropped
                expr: sum(increase(stt_frames_dropped_total{WORKERS}[10m])) > 0
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Workers drop audio, as they have more rooms than they can listen to
                  runbook: docs/runbooks/JuneSttAudioDropped.md
              - alert: JuneSttLiveKitLost
                expr: max(stt_livekit_registered{WORKERS}) == 0
                for: 5m
                labels: {severity: critical, pipeline: "NAME"}
                annotations:
                  summary: LiveKit offers rooms to no worker
                  runbook: docs/runbooks/JuneSttLiveKitLost.md
              - alert: JuneSttConfigurationRefused
                expr: max(stt_configuration_refused{WORKERS}) > 0
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Workers refuse the newest configuration and run the one before
                  runbook: docs/runbooks/JuneSttConfigurationRefused.md
              - alert: JuneSttWebhookStopped
                expr: >-
                  max(stt_webhook_stopped{WORKERS,reason!="no_webhook"}) > 0
                  or max(stt_webhook_circuit_state{WORKERS,state="closed"}) == 0
                for: 10m
                labels: {severity: critical, pipeline: "NAME"}
                annotations:
                  summary: No worker posts transcripts to the webhook's receiver
                  runbook: docs/runbooks/JuneSttWebhookStopped.md
              - alert: JuneSttWebhookLate
                expr: max(stt_queue_age_seconds{WORKERS,queue="webhook"}) > 300
                for: 5m
                labels: {severity: warning, pipeline: "NAME"}
                annotations:
                  summary: Transcripts wait for the webhook's receiver
                  runbook: docs/runbooks/JuneSttWebhookLate.md
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
