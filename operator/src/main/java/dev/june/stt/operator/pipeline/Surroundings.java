package dev.june.stt.operator.pipeline;

import dev.june.stt.config.SecretRef;
import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.probe.LiveKitAccess;
import dev.june.stt.operator.probe.LiveKitProbe;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.operator.probe.Poller;
import dev.june.stt.operator.probe.SecretName;
import dev.june.stt.operator.probe.SecretState;
import dev.june.stt.operator.probe.Secrets;
import dev.june.stt.operator.streams.NatsAccess;
import dev.june.stt.operator.streams.StreamKeeper;
import dev.june.stt.operator.streams.StreamsRequest;
import dev.june.stt.operator.streams.StreamsState;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.transcript.Subjects;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What is around the pipelines and not in a watch: Secrets, LiveKit, NATS. Says what is wanted there and answers at once with what was
 * seen last. Called by reconciles, from any of their threads.
 */
final class Surroundings implements AutoCloseable {
    private final LiveKitProbe probe;
    private final Poller<SecretName, SecretState> secrets;
    private final Poller<LiveKitAccess, LiveKitState> livekit;
    private final StreamKeeper streams;

    /** @param changed called on a background thread when a pipeline's surroundings are seen to have changed */
    Surroundings(KubernetesClient client, Clock clock, Consumer<ResourceID> changed) {
        this.probe = new LiveKitProbe(clock);
        this.secrets = new Poller<>("secrets", new Secrets(client)::look, _ -> false, Secrets::again, changed);
        this.livekit = new Poller<>(
                "livekit",
                access -> Optional.of(probe.look(access)),
                LiveKitProbe::isDoubtful,
                LiveKitProbe::again,
                changed);
        this.streams = new StreamKeeper(changed);
    }

    Observed observe(SttPipeline pipeline, Optional<Deployment> deployment, List<Pod> pods, Decision before) {
        ResourceID id = ResourceID.fromResource(pipeline);
        Map<String, SecretState> seen = lookUpSecrets(pipeline);
        Optional<LiveKitState> server = livekitAccess(pipeline, seen)
                .flatMap(access ->
                        Optional.ofNullable(livekit.watch(id, Set.of(access)).get(access)));
        Observed withoutStreams = new Observed(deployment, pods, seen, server, Optional.empty(), before);
        boolean hold = Checks.holdWorkers(pipeline, Checks.findings(pipeline, withoutStreams));
        Optional<StreamsState> kept = natsAccess(pipeline, seen)
                .flatMap(access -> streams.keep(id, request(pipeline, access, withoutStreams.readyPods(), hold)));
        return new Observed(deployment, pods, seen, server, kept, before);
    }

    /** Whether everything has been looked at that can be. What is said before would only be corrected a moment later. */
    boolean isComplete(SttPipeline pipeline, Observed observed) {
        return NeededSecret.of(pipeline.getSpec()).stream()
                        .allMatch(needed -> observed.secrets().containsKey(needed.name()))
                && (observed.livekit().isPresent()
                        || livekitAccess(pipeline, observed.secrets()).isEmpty())
                && (observed.streams().isPresent()
                        || natsAccess(pipeline, observed.secrets()).isEmpty());
    }

    /** Removes what the pipeline has in NATS. Empty while nothing is known: not of the credentials, or not of the outcome. */
    Optional<StreamsState> remove(SttPipeline pipeline, StreamsRequest.Removal removal) {
        return natsAccess(pipeline, lookUpSecrets(pipeline))
                .flatMap(access -> streams.keep(
                        ResourceID.fromResource(pipeline),
                        new StreamsRequest(
                                access, shape(pipeline), Optional.empty(), 0, Set.of(), Optional.of(removal))));
    }

    void forget(ResourceID pipeline) {
        secrets.forget(pipeline);
        livekit.forget(pipeline);
        streams.forget(pipeline);
    }

    @Override
    public void close() {
        secrets.close();
        livekit.close();
        streams.close();
        probe.close();
    }

    private Map<String, SecretState> lookUpSecrets(SttPipeline pipeline) {
        String namespace = pipeline.getMetadata().getNamespace();
        Set<SecretName> names = NeededSecret.of(pipeline.getSpec()).stream()
                .map(needed -> new SecretName(namespace, needed.name()))
                .collect(Collectors.toSet());
        Map<String, SecretState> seen = new HashMap<>();
        secrets.watch(ResourceID.fromResource(pipeline), names).forEach((name, state) -> seen.put(name.name(), state));
        return seen;
    }

    private static StreamsRequest request(SttPipeline pipeline, NatsAccess access, List<Pod> ready, boolean hold) {
        return new StreamsRequest(
                access,
                shape(pipeline),
                hold ? Optional.empty() : Optional.of(ConfigDocument.render(pipeline)),
                pipeline.getMetadata().getGeneration(),
                ready.stream().map(pod -> pod.getMetadata().getName()).collect(Collectors.toSet()),
                Optional.empty());
    }

    private static PipelineStreams shape(SttPipeline pipeline) {
        return new PipelineStreams(
                new Subjects(
                        pipeline.getMetadata().getNamespace(),
                        pipeline.getMetadata().getName()),
                pipeline.getSpec().delivery());
    }

    private static Optional<LiveKitAccess> livekitAccess(SttPipeline pipeline, Map<String, SecretState> secrets) {
        return present(
                        secrets,
                        pipeline.getSpec().livekit().credentialsSecretRef().name())
                .flatMap(secret -> secret.text("apiKey")
                        .flatMap(key -> secret.text("apiSecret")
                                .map(value -> new LiveKitAccess(
                                        pipeline.getSpec().livekit().url(), key.strip(), value.strip()))));
    }

    private static Optional<NatsAccess> natsAccess(SttPipeline pipeline, Map<String, SecretState> secrets) {
        var nats = pipeline.getSpec().delivery().nats();
        SecretRef own = nats.operatorCredentialsSecretRef() == null
                ? nats.credentialsSecretRef()
                : nats.operatorCredentialsSecretRef();
        return own == null
                ? Optional.of(NatsAccess.anonymous(nats.url()))
                : present(secrets, own.name()).flatMap(secret -> NatsAccess.from(nats.url(), secret));
    }

    private static Optional<SecretState.Present> present(Map<String, SecretState> secrets, String name) {
        return secrets.get(name) instanceof SecretState.Present present ? Optional.of(present) : Optional.empty();
    }
}
