package dev.june.stt.operator.pipeline;

import dev.june.stt.config.Model;
import dev.june.stt.config.SecretRef;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a worker's pod finds in its file system beside its image. Pure. */
final class WorkerVolumes {
    private WorkerVolumes() {}

    static List<Volume> volumes(SttPipeline pipeline) {
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
        volumes.add(modelCache(spec.workers().modelCache()));
        models(spec)
                .filter(model -> model.source() == Model.Source.PVC)
                .findFirst()
                .ifPresent(model -> volumes.add(claim("model", model.claimName(), true)));
        return volumes;
    }

    static List<VolumeMount> mounts(SttPipelineSpec spec) {
        List<VolumeMount> mounts = new ArrayList<>();
        // The whole folder: a single file would never be updated.
        mounts.add(mount("config", "/etc/june/config", true));
        secrets(spec).keySet().forEach(name -> mounts.add(mount(name, "/etc/june/" + name, true)));
        mounts.add(mount("tmp", "/tmp", false));
        mounts.add(mount("data", "/var/lib/june", false));
        mounts.add(mount("models", "/var/lib/june/models", false));
        if (models(spec).anyMatch(model -> model.source() == Model.Source.PVC)) {
            mounts.add(mount("model", "/var/lib/june/volume", true));
        }
        return mounts;
    }

    /** The pipeline's and those of its variants; the schema sees to it that all are on one volume. */
    private static Stream<Model> models(SttPipelineSpec spec) {
        return Stream.concat(
                Stream.of(spec.model()), spec.variants().stream().map(variant -> variant.modelOver(spec.model())));
    }

    /** Secrets by the name of their volume, which is also that of their folder in {@code /etc/june}. */
    private static Map<String, SecretRef> secrets(SttPipelineSpec spec) {
        Map<String, SecretRef> secrets = new TreeMap<>();
        secrets.put("livekit", spec.livekit().credentialsSecretRef());
        Optional.ofNullable(spec.delivery().nats().credentialsSecretRef())
                .ifPresent(secret -> secrets.put("nats", secret));
        Optional.ofNullable(spec.delivery().webhook())
                .ifPresent(webhook -> secrets.put("webhook", webhook.signingSecretRef()));
        Optional.ofNullable(spec.access().apiKeysSecretRef()).ifPresent(secret -> secrets.put("access", secret));
        return secrets;
    }

    private static Volume modelCache(Workers.@Nullable ModelCache cache) {
        if (cache != null && cache.claimName() != null) {
            return claim("models", cache.claimName(), null);
        }
        return new VolumeBuilder()
                .withName("models")
                .withNewEmptyDir()
                .withSizeLimit(cache == null ? null : cache.sizeLimit())
                .endEmptyDir()
                .build();
    }

    private static Volume claim(String name, @Nullable String claim, @Nullable Boolean readOnly) {
        return new VolumeBuilder()
                .withName(name)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim)
                .withReadOnly(readOnly)
                .endPersistentVolumeClaim()
                .build();
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
