package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.rollout.Candidate;
import dev.june.stt.operator.rollout.Memory;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.Workers;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Owns what is remembered of every pipeline's rollouts, and says which pod template and which document run. A pipeline's own thread,
 * its reconcile's, works on its entry; bounded by the pipelines that exist.
 */
final class Rollouts {
    private final Map<ResourceID, Memory> remembered = new ConcurrentHashMap<>();
    private final Set<ResourceID> crowded = ConcurrentHashMap.newKeySet();
    private final String defaultImage;
    private final Tally tally;

    Rollouts(String defaultImage, Tally tally) {
        this.defaultImage = defaultImage;
        this.tally = tally;
    }

    /** @param kept what an operator before this one left behind; what is of a pipeline of that name that is gone does not count */
    void recall(SttPipeline pipeline, Optional<ConfigMap> kept) {
        remembered.computeIfAbsent(
                ResourceID.fromResource(pipeline),
                _ -> kept.filter(found -> found.getMetadata().getOwnerReferences().stream()
                                .anyMatch(owner -> owner.getUid()
                                        .equals(pipeline.getMetadata().getUid())))
                        .map(ConfigMap::getData)
                        .map(Memory::read)
                        .orElse(Memory.EMPTY));
    }

    /** Draws the conclusions from what is seen. */
    Memory judge(SttPipeline pipeline, Observed observed, Instant now) {
        Memory before = of(pipeline);
        Deployment wanted = WorkerDeployment.desired(pipeline, defaultImage, 0, true);
        String templateId = templateId(wanted);
        Candidate document = ConfigDocument.candidate(pipeline);
        Memory after = new Memory(
                before.pods().judged(candidate(pipeline, wanted), PodVerdict.of(templateId, observed, now)),
                before.configuration()
                        .judged(
                                document,
                                DocumentVerdict.of(pipeline.getMetadata().getGeneration(), observed)));
        remembered.put(ResourceID.fromResource(pipeline), after);
        if (Rolling.hasRoomForOneMore(gpu(pipeline), observed, now)) {
            crowded.remove(ResourceID.fromResource(pipeline));
        } else {
            crowded.add(ResourceID.fromResource(pipeline));
        }
        tally.rolledBack("pods", before.pods(), after.pods());
        tally.rolledBack("configuration", before.configuration(), after.configuration());
        return after;
    }

    /** The document that workers are to run: the spec's, or the last good one. */
    String document(SttPipeline pipeline) {
        return of(pipeline)
                .configuration()
                .chosen(ConfigDocument.candidate(pipeline))
                .content();
    }

    /** The Deployment with the pod template that is to run: the spec's, or the last good one. */
    Deployment deployment(SttPipeline pipeline, int replicas) {
        boolean roomForOneMore = !crowded.contains(ResourceID.fromResource(pipeline));
        Deployment desired = WorkerDeployment.desired(pipeline, defaultImage, replicas, roomForOneMore);
        Candidate wanted = candidate(pipeline, desired);
        Candidate chosen = of(pipeline).pods().chosen(wanted);
        if (!chosen.equals(wanted)) {
            desired.getSpec().setTemplate(Serialization.unmarshal(chosen.content(), PodTemplateSpec.class));
        }
        return desired;
    }

    ConfigMap memory(SttPipeline pipeline) {
        return new ConfigMapBuilder()
                .withMetadata(Names.owned(pipeline, Names.rollout(pipeline)))
                .withData(of(pipeline).data())
                .build();
    }

    void forget(ResourceID pipeline) {
        remembered.remove(pipeline);
        crowded.remove(pipeline);
    }

    private Memory of(SttPipeline pipeline) {
        return remembered.getOrDefault(ResourceID.fromResource(pipeline), Memory.EMPTY);
    }

    private static Optional<String> gpu(SttPipeline pipeline) {
        return Optional.ofNullable(pipeline.getSpec().workers().gpu()).map(Workers.Gpu::resource);
    }

    private static String templateId(Deployment deployment) {
        return WorkerDeployment.templateId(deployment.getSpec().getTemplate().getMetadata())
                .orElseThrow();
    }

    private static Candidate candidate(SttPipeline pipeline, Deployment desired) {
        PodTemplateSpec template = desired.getSpec().getTemplate();
        return new Candidate(templateId(desired) + Names.attempt(pipeline), Serialization.asJson(template));
    }
}
