package dev.june.stt.operator;

import dev.june.stt.testing.KubeApi;
import dev.june.stt.testing.LiveKitServer;
import dev.june.stt.testing.NatsServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** One API server with the CRD, one NATS and one LiveKit server for all integration tests of this module; ended with the JVM. */
final class TestServers {
    private static final TestServers SHARED = new TestServers();

    final KubeApi api;
    final NatsServer nats;
    final LiveKitServer livekit;

    private TestServers() {
        api = new KubeApi(folder("kube"));
        nats = new NatsServer(folder("nats"));
        livekit = new LiveKitServer(folder("livekit"));
        install(api.client());
    }

    /** What the operator is when it is installed by the manifests in {@code config}, with what they let it do. */
    String operatorToken() {
        return api.tokenOf("june-stt", "june-stt-operator");
    }

    static TestServers shared() {
        return SHARED;
    }

    /** A namespace of its own for a test, in which pods have to meet the restricted Pod Security Standard. */
    String namespace() {
        String name = "t-" + UUID.randomUUID().toString().substring(0, 8);
        api.client()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(Map.of("pod-security.kubernetes.io/enforce", "restricted"))
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    /** Something to do with a connection to NATS. */
    interface WithNats {
        void accept(Connection nats) throws Exception;
    }

    void withNats(WithNats work) throws Exception {
        Connection connection = Nats.connect(nats.url());
        try {
            work.accept(connection);
        } finally {
            connection.close();
        }
    }

    static Path folder(String name) {
        try {
            return Files.createTempDirectory("june-" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The custom resource definition, and the operator's manifests. */
    static void install(KubernetesClient client) {
        try (InputStream crd = Objects.requireNonNull(
                TestServers.class.getResourceAsStream("/crd/sttpipelines.stt.june.dev.yaml"), "the CRD")) {
            CustomResourceDefinition definition = client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .load(crd)
                    .serverSideApply();
            PipelineNamespace.await(
                    () -> isEstablished(client.resource(definition).get()), () -> "the CRD is established");
            client.load(Files.newInputStream(Path.of("../config/operator.yaml")))
                    .serverSideApply();
            PipelineNamespace.await(() -> mayWork(client), () -> "the API server lets the operator do its work");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server takes a role up a moment after it was made. */
    private static boolean mayWork(KubernetesClient client) {
        return client.authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(AuditLog.OPERATOR)
                        .withNewResourceAttributes()
                        .withVerb("list")
                        .withGroup("stt.june.dev")
                        .withResource("sttpipelines")
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    /** A definition just made has a status whose conditions are written {@code null}, which the client does not turn into an empty list. */
    static boolean isEstablished(CustomResourceDefinition definition) {
        return definition.getStatus() != null
                && definition.getStatus().getConditions() != null
                && definition.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }
}
