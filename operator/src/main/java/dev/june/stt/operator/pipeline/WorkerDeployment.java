package dev.june.stt.operator.pipeline;

import dev.june.stt.config.LiveKit;
import dev.june.stt.config.Model;
import dev.june.stt.config.SecretRef;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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

    static Deployment desired(SttPipeline pipeline, String defaultImage, int replicas) {
        SttPipelineSpec spec = pipeline.getSpec();
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
                .withNewMaxUnavailable(0)
                .withNewMaxSurge(1)
                .endRollingUpdate()
                .endStrategy()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Names.labels(pipeline))
                .addToAnnotations(Names.ROLL, RollHash.of(spec))
                .endMetadata()
                .withSpec(pod(pipeline, defaultImage))
                .endTemplate()
                .endSpec()
                .build();
    }

    private static PodSpec pod(SttPipeline pipeline, String defaultImage) {
        SttPipelineSpec spec = pipeline.getSpec();
        Workers workers = spec.workers();
        Duration grace = workers.drainTimeout().value().plus(AFTER_DRAIN);
        return new PodSpecBuilder()
                .withServiceAccountName(Names.workers(pipeline))
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
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
                .addNewTopologySpreadConstraint()
                .withMaxSkew(1)
                .withTopologyKey("kubernetes.io/hostname")
                .withWhenUnsatisfiable("ScheduleAnyway")
                .withNewLabelSelector()
                .withMatchLabels(Names.selector(pipeline))
                .endLabelSelector()
                .endTopologySpreadConstraint()
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
                        .withVolumeMounts(mounts(spec))
                        .build())
                .withVolumes(volumes(pipeline))
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
                        .withRequests(Map.of("cpu", new Quantity("2"), "memory", new Quantity("4Gi")))
                        .withLimits(Map.of("cpu", new Quantity("4"), "memory", new Quantity("8Gi")))
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

    private static List<Volume> volumes(SttPipeline pipeline) {
        SttPipelineSpec spec = pipeline.getSpec();
        List<Volume> volumes = new ArrayList<>();
        volumes.add(new VolumeBuilder()
                .withName("config")
                .withNewConfigMap()
                .withName(Names.config(pipeline))
                .endConfigMap()
                .build());
        secrets(spec)
                .forEach((name, secret) -> volumes.add(new VolumeBuilder()
                        .withName(name)
                        .withNewSecret()
                        .withSecretName(secret.name())
                        .withDefaultMode(0440)
                        .endSecret()
                        .build()));
        volumes.add(scratch("tmp"));
        volumes.add(scratch("data"));
        if (spec.model().source() == Model.Source.PVC) {
            volumes.add(new VolumeBuilder()
                    .withName("model")
                    .withNewPersistentVolumeClaim()
                    .withClaimName(spec.model().claimName())
                    .withReadOnly(true)
                    .endPersistentVolumeClaim()
                    .build());
        }
        return volumes;
    }

    private static List<VolumeMount> mounts(SttPipelineSpec spec) {
        List<VolumeMount> mounts = new ArrayList<>();
        // The whole folder: a single file would never be updated.
        mounts.add(mount("config", "/etc/june/config", true));
        secrets(spec).keySet().forEach(name -> mounts.add(mount(name, "/etc/june/" + name, true)));
        mounts.add(mount("tmp", "/tmp", false));
        mounts.add(mount("data", "/var/lib/june", false));
        if (spec.model().source() == Model.Source.PVC) {
            mounts.add(mount("model", "/var/lib/june/volume", true));
        }
        return mounts;
    }

    /** Secrets by the name of their volume, which is also that of their folder in {@code /etc/june}. */
    private static Map<String, SecretRef> secrets(SttPipelineSpec spec) {
        LiveKit livekit = spec.livekit();
        Map<String, SecretRef> secrets = new TreeMap<>();
        secrets.put("livekit", livekit.credentialsSecretRef());
        Optional.ofNullable(spec.delivery().nats().credentialsSecretRef())
                .ifPresent(secret -> secrets.put("nats", secret));
        Optional.ofNullable(spec.delivery().webhook())
                .ifPresent(webhook -> secrets.put("webhook", webhook.signingSecretRef()));
        Optional.ofNullable(spec.access().apiKeysSecretRef()).ifPresent(secret -> secrets.put("access", secret));
        return secrets;
    }

    private static Volume scratch(String name) {
        return new VolumeBuilder()
                .withName(name)
                .withNewEmptyDir()
                .endEmptyDir()
                .build();
    }

    private static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly ? true : null)
                .build();
    }
}
