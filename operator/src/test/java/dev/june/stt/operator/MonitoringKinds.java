package dev.june.stt.operator;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Optional;

/** PodMonitor and PrometheusRule as an API server knows them; the Prometheus operator itself plays no part. */
final class MonitoringKinds {
    private MonitoringKinds() {}

    static void install(KubernetesClient client) {
        for (String kind : List.of("PodMonitor", "PrometheusRule")) {
            String plural = plural(kind);
            CustomResourceDefinition definition = client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .resource(client.getKubernetesSerialization()
                            .unmarshal(
                                    """
                            apiVersion: apiextensions.k8s.io/v1
                            kind: CustomResourceDefinition
                            metadata: {name: %s.monitoring.coreos.com}
                            spec:
                              group: monitoring.coreos.com
                              scope: Namespaced
                              names: {kind: %s, plural: %s, singular: %s}
                              versions:
                              - name: v1
                                served: true
                                storage: true
                                schema:
                                  openAPIV3Schema:
                                    type: object
                                    properties:
                                      spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
                            """.formatted(plural, kind, plural, kind.toLowerCase(java.util.Locale.ROOT)),
                                    CustomResourceDefinition.class))
                    .serverSideApply();
            PipelineNamespace.await(
                    () -> TestServers.isEstablished(client.resource(definition).get()), () -> plural + " is known");
        }
    }

    static Optional<GenericKubernetesResource> find(PipelineNamespace namespace, String kind, String name) {
        return Optional.ofNullable(namespace
                .client
                .genericKubernetesResources(new ResourceDefinitionContext.Builder()
                        .withGroup("monitoring.coreos.com")
                        .withVersion("v1")
                        .withKind(kind)
                        .withPlural(plural(kind))
                        .withNamespaced(true)
                        .build())
                .inNamespace(namespace.name)
                .withName(name)
                .get());
    }

    private static String plural(String kind) {
        return kind.toLowerCase(java.util.Locale.ROOT) + "s";
    }
}
