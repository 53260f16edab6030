package dev.june.stt.operator;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Optional;

/** PodMonitor, PrometheusRule and ScaledObject as an API server knows them; who usually acts on them plays no part. */
final class MonitoringKinds {
    private MonitoringKinds() {}

    private static final String MONITORING = "monitoring.coreos.com";
    private static final String KEDA = "keda.sh";

    static void install(KubernetesClient client) {
        install(client, MONITORING, "v1", "PodMonitor");
        install(client, MONITORING, "v1", "PrometheusRule");
    }

    static void installKeda(KubernetesClient client) {
        install(client, KEDA, "v1alpha1", "ScaledObject");
    }

    private static void install(KubernetesClient client, String group, String version, String kind) {
        String plural = plural(kind);
        CustomResourceDefinition definition = client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .resource(client.getKubernetesSerialization()
                        .unmarshal(
                                """
                            apiVersion: apiextensions.k8s.io/v1
                            kind: CustomResourceDefinition
                            metadata: {name: %s.%s}
                            spec:
                              group: %s
                              scope: Namespaced
                              names: {kind: %s, plural: %s, singular: %s}
                              versions:
                              - name: %s
                                served: true
                                storage: true
                                schema:
                                  openAPIV3Schema:
                                    type: object
                                    properties:
                                      spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
                            """.formatted(
                                                plural,
                                                group,
                                                group,
                                                kind,
                                                plural,
                                                kind.toLowerCase(java.util.Locale.ROOT),
                                                version),
                                CustomResourceDefinition.class))
                .serverSideApply();
        PipelineNamespace.await(
                () -> TestServers.isEstablished(client.resource(definition).get()), () -> plural + " is known");
    }

    static Optional<GenericKubernetesResource> find(PipelineNamespace namespace, String kind, String name) {
        return find(namespace, MONITORING, "v1", kind, name);
    }

    static Optional<GenericKubernetesResource> findScaledObject(PipelineNamespace namespace, String name) {
        return find(namespace, KEDA, "v1alpha1", "ScaledObject", name);
    }

    private static Optional<GenericKubernetesResource> find(
            PipelineNamespace namespace, String group, String version, String kind, String name) {
        return Optional.ofNullable(namespace
                .client
                .genericKubernetesResources(new ResourceDefinitionContext.Builder()
                        .withGroup(group)
                        .withVersion(version)
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
