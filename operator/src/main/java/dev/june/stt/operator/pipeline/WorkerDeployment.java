package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The Deployment of a pipeline's workers. Pure: meets the restricted Pod Security Standard whatever the spec says. */
final class WorkerDeployment {
    static final String CONTAINER = "worker";

    /** Any user but root does; the images own nothing that another user could not read. */
    private static final long USER = 65_532;

    /** Loading a large model, or fetching it first, takes minutes; until then liveness is not asked. */
    private static final Duration STARTUP = Duration.ofMinutes(15);

    /** After the worker's own drain: time to be told, to close, and to be taken off the node. */
    private static final Duration AFTER_DRAIN = Duration.ofSeconds(30);

    private WorkerDeployment() {}

    /** @param roomForOneMore whether a new pod can start before an old one has gone */
    static Deployment desired(SttPipeline pipeline, String defaultImage, int replicas, boolean roomForOneMore) {
        return new DeploymentBuilder()
                .withMetadata(Names.owned(pipeline, Names.workers(pipeline)))
                .withNewSpec()
                .withReplicas(replicas)
                .withRevisionHistoryLimit(3)
                .withProgressDeadlineSeconds((int) STARTUP.plusMinutes(5).toSeconds())
                .withNewSelector()
                .withMatchLabels(Names.selector(pipeline))
                .endSelector()
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withNewMaxUnavailable(roomForOneMore ? 0 : 1)
                .withNewMaxSurge(roomForOneMore ? 1 : 0)
                .endRollingUpdate()
                .endStrategy()
                .withTemplate(template(pipeline, defaultImage))
                .endSpec()
                .build();
    }

    /** Which template a pod was made from. */
    static Optional<String> templateId(@Nullable ObjectMeta metadata) {
        return Optional.ofNullable(metadata)
                .map(ObjectMeta::getAnnotations)
                .map(annotations -> annotations.get(Names.TEMPLATE));
    }

    private static PodTemplateSpec template(SttPipeline pipeline, String defaultImage) {
        PodTemplateSpec template = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Names.labels(pipeline))
                .addToAnnotations(Names.ROLL, RollHash.of(pipeline.getSpec()))
                .endMetadata()
                .withSpec(pod(pipeline, defaultImage))
                .build();
        template.getMetadata().getAnnotations().put(Names.TEMPLATE, Hash.of(Serialization.asJson(template)));
        return template;
    }

    private static PodSpec pod(SttPipeline pipeline, String defaultImage) {
        SttPipelineSpec spec = pipeline.getSpec();
        Workers workers = spec.workers();
        Duration grace = workers.drainTimeout().value().plus(AFTER_DRAIN);
        return new PodSpecBuilder()
                .withServiceAccountName(Names.workers(pipeline))
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withImagePullSecrets(workers.imagePullSecrets().stream()
                        .map(secret -> new LocalObjectReference(secret.name()))
                        .toList())
                .withTerminationGracePeriodSeconds(grace.toSeconds())
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withFsGroup(USER)
                .withFsGroupChangePolicy("OnRootMismatch")
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withNodeSelector(workers.nodeSelector().isEmpty() ? null : new TreeMap<>(workers.nodeSelector()))
                .withTolerations(workers.tolerations())
                .withTopologySpreadConstraints(
                        spread(pipeline, "topology.kubernetes.io/zone"), spread(pipeline, "kubernetes.io/hostname"))
                .withContainers(new ContainerBuilder()
                        .withName(CONTAINER)
                        .withImage(workers.image().isEmpty() ? defaultImage : workers.image())
                        .withEnv(environment(workers))
                        .addNewPort()
                        .withName("http")
                        .withContainerPort(Names.PORT)
                        .withProtocol("TCP")
                        .endPort()
                        .withResources(resources(workers))
                        .withStartupProbe(probe("/health/liveness", Duration.ofSeconds(5), (int)
                                STARTUP.dividedBy(Duration.ofSeconds(5))))
                        .withLivenessProbe(probe("/health/liveness", Duration.ofSeconds(10), 6))
                        .withReadinessProbe(probe("/health/readiness", Duration.ofSeconds(2), 3))
                        .withTerminationMessagePolicy("File")
                        .withNewSecurityContext()
                        .withAllowPrivilegeEscalation(false)
                        .withReadOnlyRootFilesystem(true)
                        .withRunAsNonRoot(true)
                        .withNewCapabilities()
                        .withDrop("ALL")
                        .endCapabilities()
                        .endSecurityContext()
                        .withVolumeMounts(WorkerVolumes.mounts(spec))
                        .build())
                .withVolumes(WorkerVolumes.volumes(pipeline))
                .build();
    }

    /** A wish: a worker that can only run beside another one runs there. Those of an older template do not count. */
    private static TopologySpreadConstraint spread(SttPipeline pipeline, String topologyKey) {
        return new TopologySpreadConstraintBuilder()
                .withMaxSkew(1)
                .withTopologyKey(topologyKey)
                .withWhenUnsatisfiable("ScheduleAnyway")
                .withNewLabelSelector()
                .withMatchLabels(Names.selector(pipeline))
                .endLabelSelector()
                .withMatchLabelKeys("pod-template-hash")
                .build();
    }

    private static List<EnvVar> environment(Workers workers) {
        return List.of(
                variable("JUNE_CONFIG", "/etc/june/config/" + Names.CONFIG_KEY),
                new EnvVarBuilder()
                        .withName("JUNE_WORKER")
                        .withNewValueFrom()
                        .withNewFieldRef()
                        .withApiVersion("v1")
                        .withFieldPath("metadata.name")
                        .endFieldRef()
                        .endValueFrom()
                        .build(),
                variable("JUNE_DRAIN_TIMEOUT", workers.drainTimeout().toMillis() + "ms"),
                // Whisper's threads: sleeping while idle instead of spinning.
                variable("OMP_WAIT_POLICY", "passive"));
    }

    private static EnvVar variable(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }

    private static ResourceRequirements resources(Workers workers) {
        ResourceRequirements resources = Optional.ofNullable(workers.resources())
                .filter(given ->
                        !given.getRequests().isEmpty() || !given.getLimits().isEmpty())
                .orElseGet(() -> new ResourceRequirementsBuilder()
                        .addToRequests("cpu", new Quantity("2"))
                        .addToRequests("memory", new Quantity("4Gi"))
                        .addToLimits("cpu", new Quantity("4"))
                        .addToLimits("memory", new Quantity("8Gi"))
                        .build());
        Workers.Gpu gpu = workers.gpu();
        if (gpu == null) {
            return resources;
        }
        return new ResourceRequirementsBuilder(resources)
                .addToLimits(gpu.resource(), new Quantity(Integer.toString(gpu.count())))
                .build();
    }

    private static Probe probe(String path, Duration period, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(path)
                .withNewPort("http")
                .endHttpGet()
                .withPeriodSeconds((int) period.toSeconds())
                .withTimeoutSeconds(2)
                .withFailureThreshold(failures)
                .build();
    }
}
