package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The operator's roles, as the chart makes them, against what the API server says that an operator has done through a pipeline's life. */
class RightsIT {
    /** What is needed and cannot be seen in this log, and why. */
    private static final Map<String, String> NOT_IN_THE_LOG = Map.of(
            "update stt.june.dev/sttpipelines/finalizers",
            "an admission plugin that this API server does not run asks for it when owner references are set",
            "get stt.june.dev/sttpipelines",
            "the SDK reads a pipeline again when somebody else wrote it while its finalizer was being removed",
            "update coordination.k8s.io/leases",
            "the SDK does not start without it");

    private final PipelineNamespace namespace = new PipelineNamespace();

    @Test
    void theyHoldWhatIsUsedAndNothingElse() {
        MonitoringKinds.install(namespace.client);
        namespace.createLiveKitSecret();
        try (RunningOperator _ = RunningOperator.elected(namespace.name)) {
            liveThrough();
        }
        Set<String> granted = granted();
        // The server writes its account of a request when it has answered it.
        PipelineNamespace.await(() -> used().containsAll(granted), () -> "uses of " + granted + " among " + used());
        assertThat(granted).containsExactlyInAnyOrderElementsOf(used());
    }

    private static Set<String> used() {
        Set<String> used = new TreeSet<>(NOT_IN_THE_LOG.keySet());
        for (AuditLog.Request request : AuditLog.byTheOperator()) {
            assertThat(request.code()).as("the answer to " + request).isNotEqualTo(403);
            if (!request.group().equals("authorization.k8s.io")) {
                used.add(right(request.verb(), request.group(), request.resource()));
                // Server-side apply of what does not exist yet needs both rights.
                if (request.verb().equals("patch") && request.code() == 201) {
                    used.add(right("create", request.group(), request.resource()));
                }
            }
        }
        return used;
    }

    /** Two workers, then one: the other is marked before it goes. */
    private void followLoad() {
        String scaling = "  autoscaling: {scaleDownStabilization: 0s}\n";
        namespace.apply(namespace.yaml() + scaling);
        namespace.reportAsBusyWorker("main-workers-0", 8);
        namespace.awaitReplicas(2);
        namespace.actAsKubeletWithReadyWorkers();
        namespace.reportAsBusyWorker("main-workers-0", 1);
        namespace.reportAsBusyWorker("main-workers-1", 1);
        namespace.awaitReplicas(1);
    }

    private void liveThrough() {
        namespace.apply(namespace.yaml());
        namespace.awaitCondition("Ready", "False", "StartingWorkers");
        namespace.actAsKubeletWithReadyWorkers();
        namespace.awaitCondition("Ready", "True", "WorkersReady");
        followLoad();
        PipelineNamespace.await(() -> monitored("PodMonitor", "main-workers"), () -> "the monitor");
        PipelineNamespace.await(() -> monitored("PrometheusRule", "main-alerts"), () -> "the rule");
        namespace.apply(namespace.yaml()
                + "  workers: {networkPolicy: {enabled: false}}\n"
                + "  observability: {podMonitor: false, prometheusRule: false}\n");
        PipelineNamespace.await(
                () -> !monitored("PodMonitor", "main-workers") && !monitored("PrometheusRule", "main-alerts"),
                () -> "what was switched off is gone");
        namespace.deletePipeline();
        namespace.awaitCondition("Ready", "False", "Draining");
        namespace.actAsKubeletThatEndsThePods();
        namespace.awaitGone();
    }

    private boolean monitored(String kind, String name) {
        return MonitoringKinds.find(namespace, kind, name).isPresent();
    }

    private Set<String> granted() {
        ClusterRole everywhere = namespace
                .client
                .rbac()
                .clusterRoles()
                .withName("june-stt-operator")
                .get();
        Role election = namespace
                .client
                .rbac()
                .roles()
                .inNamespace("june-stt")
                .withName("june-stt-operator-election")
                .get();
        Set<String> granted = new TreeSet<>();
        Stream.of(everywhere.getRules(), election.getRules())
                .flatMap(List::stream)
                .forEach(rule -> add(granted, rule));
        return granted;
    }

    private static void add(Set<String> granted, PolicyRule rule) {
        for (String group : rule.getApiGroups()) {
            for (String resource : rule.getResources()) {
                rule.getVerbs().forEach(verb -> granted.add(right(verb, group, resource)));
            }
        }
    }

    private static String right(String verb, String group, String resource) {
        return verb + " " + group + "/" + resource;
    }
}
