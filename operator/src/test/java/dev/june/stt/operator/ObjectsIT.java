package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.AuditLog.Request;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObjectsIT {
    /** Longer than the operator's looks at Secrets and NATS are apart, and than it holds back figures in the status. */
    private static final Duration WINDOW = Duration.ofSeconds(40);

    private static final int WINDOWS = 3;

    private final PipelineNamespace namespace = new PipelineNamespace();

    @BeforeEach
    void secret() {
        namespace.createLiveKitSecret();
    }

    @Test
    void whatIsEditedByHandComesBackAndAnEventSaysSo() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");

            edited(
                    namespace
                            .client
                            .apps()
                            .deployments()
                            .inNamespace(namespace.name)
                            .withName("main-workers"),
                    found -> found.getSpec()
                            .getTemplate()
                            .getSpec()
                            .getContainers()
                            .getFirst()
                            .setImage("somebody/else:1"));
            edited(
                    namespace.client.services().inNamespace(namespace.name).withName("main-workers"),
                    found -> found.getSpec().getPorts().getFirst().setTargetPort(new IntOrString(9)));
            edited(
                    namespace.client.configMaps().inNamespace(namespace.name).withName("main-config"),
                    found -> found.setData(Map.of("pipeline.json", "{}")));
            edited(
                    namespace
                            .client
                            .policy()
                            .v1()
                            .podDisruptionBudget()
                            .inNamespace(namespace.name)
                            .withName("main-workers"),
                    found -> found.getSpec().setMaxUnavailable(new IntOrString("100%")));
            edited(
                    namespace
                            .client
                            .network()
                            .v1()
                            .networkPolicies()
                            .inNamespace(namespace.name)
                            .withName("main-workers"),
                    found -> found.getSpec().setPolicyTypes(new ArrayList<>(List.of("Ingress"))));
            edited(
                    namespace
                            .client
                            .serviceAccounts()
                            .inNamespace(namespace.name)
                            .withName("main-workers"),
                    found -> found.setAutomountServiceAccountToken(true));

            for (String object : List.of(
                    "Deployment main-workers",
                    "Service main-workers",
                    "ConfigMap main-config",
                    "PodDisruptionBudget main-workers",
                    "NetworkPolicy main-workers",
                    "ServiceAccount main-workers")) {
                awaitEvent("HandEditReverted", object + " was changed by ");
            }
        }
    }

    @Test
    void whatIsDeletedByHandIsThereAgain() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            var services = namespace.client.services().inNamespace(namespace.name);
            String before =
                    services.withName("main-workers").get().getMetadata().getUid();
            services.withName("main-workers").delete();
            PipelineNamespace.await(
                    () -> services.withName("main-workers").get() != null
                            && !services.withName("main-workers")
                                    .get()
                                    .getMetadata()
                                    .getUid()
                                    .equals(before),
                    () -> "the Service is there again");
            awaitEvent("ObjectRecreated", "Service main-workers was deleted");
        }
    }

    @Test
    void aChangeOfThePipelineIsNoHandEdit() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.apply(namespace.yaml() + "  workers: {drainTimeout: 7m, networkPolicy: {enabled: false}}\n");
            PipelineNamespace.await(
                    () -> namespace
                                    .deployment()
                                    .getSpec()
                                    .getTemplate()
                                    .getSpec()
                                    .getTerminationGracePeriodSeconds()
                            == 450,
                    () -> "the new template");
            PipelineNamespace.await(
                    () -> namespace
                                    .client
                                    .network()
                                    .v1()
                                    .networkPolicies()
                                    .inNamespace(namespace.name)
                                    .withName("main-workers")
                                    .get()
                            == null,
                    () -> "the NetworkPolicy is gone");
            namespace.apply(namespace.yaml());
            PipelineNamespace.await(
                    () -> namespace
                                    .client
                                    .network()
                                    .v1()
                                    .networkPolicies()
                                    .inNamespace(namespace.name)
                                    .withName("main-workers")
                                    .get()
                            != null,
                    () -> "the NetworkPolicy is there again");
            assertThat(namespace.events()).doesNotContain("HandEditReverted", "ObjectRecreated");
        }
    }

    @Test
    void monitorsAndAlertsAreKeptWhereTheirKindsExist() {
        MonitoringKinds.install(namespace.client);
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            PipelineNamespace.await(
                    () -> MonitoringKinds.find(namespace, "PodMonitor", "main-workers")
                                    .isPresent()
                            && MonitoringKinds.find(namespace, "PrometheusRule", "main-alerts")
                                    .isPresent(),
                    () -> "the monitor and the rule");
            assertThat(MonitoringKinds.find(namespace, "PodMonitor", "main-workers"))
                    .get()
                    .satisfies(monitor -> assertThat(monitor.getMetadata().getOwnerReferences())
                            .hasSize(1));

            namespace.apply(namespace.yaml() + "  observability: {podMonitor: false}\n");
            PipelineNamespace.await(
                    () -> MonitoringKinds.find(namespace, "PodMonitor", "main-workers")
                            .isEmpty(),
                    () -> "the monitor is gone");
            assertThat(MonitoringKinds.find(namespace, "PrometheusRule", "main-alerts"))
                    .isPresent();
        }
    }

    @Test
    void anIdlePipelineIsNeverWrittenTo() throws InterruptedException {
        MonitoringKinds.install(namespace.client);
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.actAsKubeletWithReadyWorkers();
            namespace.reportAsWorker("main-workers-0", 1, "");
            namespace.awaitCondition("Ready", "True", "WorkersReady");
            namespace.awaitCondition("ConfigurationApplied", "True", "AllWorkersCurrent");
            PipelineNamespace.await(
                    () -> MonitoringKinds.find(namespace, "PrometheusRule", "main-alerts")
                            .isPresent(),
                    () -> "the last of its objects");
            assertThat(windowsUntilOneWithoutAWrite())
                    .as("windows of " + WINDOW + " with writes, of an operator that should be idle")
                    .isLessThan(WINDOWS);
        }
    }

    /** A write may still be on its way in the first windows; an operator that is never idle writes in all of them. */
    private int windowsUntilOneWithoutAWrite() throws InterruptedException {
        for (int window = 0; window < WINDOWS; window++) {
            List<Request> before = writes();
            String version = namespace.pipeline().getMetadata().getResourceVersion();
            TimeUnit.MILLISECONDS.sleep(WINDOW.toMillis());
            if (writes().equals(before)
                    && namespace.pipeline().getMetadata().getResourceVersion().equals(version)) {
                return window;
            }
        }
        return WINDOWS;
    }

    /** Edits as a person would, and waits until the edit is undone. */
    private <T extends HasMetadata> void edited(Resource<T> object, Consumer<T> edit) {
        String[] version = {""};
        Object before = spec(object.get());
        T edited = object.edit(found -> {
            edit.accept(found);
            version[0] = found.getMetadata().getResourceVersion();
            return found;
        });
        assertThat(edited.getMetadata().getResourceVersion())
                .as("the edit changes something")
                .isNotEqualTo(version[0]);
        Instant begin = Instant.now();
        PipelineNamespace.await(
                () -> spec(object.get()).equals(before),
                () -> edited.getKind() + " is as it was; it is " + object.get());
        System.out.println(edited.getKind() + " is as it was after "
                + Duration.between(begin, Instant.now()).toMillis() + " ms");
    }

    /** Everything about an object but what the API server notes about each write. */
    private static Object spec(HasMetadata object) {
        object.getMetadata().setResourceVersion(null);
        object.getMetadata().setGeneration(null);
        object.getMetadata().setManagedFields(null);
        return object;
    }

    private void awaitEvent(String reason, String note) {
        PipelineNamespace.await(
                () -> namespace.client.events().v1().events().inNamespace(namespace.name).list().getItems().stream()
                        .anyMatch(event -> event.getReason().equals(reason)
                                && String.valueOf(event.getNote()).contains(note)),
                () -> "an event " + reason + ": " + note);
    }

    private List<Request> writes() {
        return AuditLog.byTheOperator().stream()
                .filter(request -> request.isWrite() && request.namespace().equals(namespace.name))
                .toList();
    }
}
