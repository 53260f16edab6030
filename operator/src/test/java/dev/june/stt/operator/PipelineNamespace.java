package dev.june.stt.operator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.VariantTallies;
import dev.june.stt.operator.condition.Conditions;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.testing.LiveKitServer;
import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Subjects;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What tests do and see in one namespace, as a user, and where they say so as the deployment controller and the kubelet. */
final class PipelineNamespace {
    /** Much longer than anything takes; only a failure waits for it. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    final String name;
    final KubernetesClient client;

    PipelineNamespace() {
        this.name = TestServers.shared().namespace();
        this.client = TestServers.shared().api.client();
    }

    /** A complete pipeline named {@code main}, without its Secret. */
    String yaml() {
        return yaml(
                TestServers.shared().livekit.url(), TestServers.shared().nats.url());
    }

    String yaml(String livekit, String nats) {
        return """
                apiVersion: stt.june.dev/v1alpha1
                kind: SttPipeline
                metadata: {name: main, namespace: %s}
                spec:
                  livekit: {url: "%s", credentialsSecretRef: {name: livekit}}
                  delivery: {nats: {url: "%s"}}
                """.formatted(name, livekit, nats);
    }

    void apply(String yaml) {
        client.resource(yaml).fieldManager("kubectl").forceConflicts().serverSideApply();
    }

    void createLiveKitSecret() {
        createSecret("livekit", Map.of("apiKey", LiveKitServer.API_KEY, "apiSecret", LiveKitServer.API_SECRET));
    }

    void createSecret(String secret, Map<String, String> data) {
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(name)
                        .withName(secret)
                        .endMetadata()
                        .withStringData(data)
                        .build())
                .unlock()
                .createOr(existing -> existing.update());
    }

    SttPipeline pipeline() {
        SttPipeline found = client.resources(SttPipeline.class)
                .inNamespace(name)
                .withName("main")
                .get();
        assertThat(found).as("the pipeline").isNotNull();
        return found;
    }

    void edit(UnaryOperator<SttPipeline> change) {
        client.resources(SttPipeline.class).inNamespace(name).withName("main").edit(change);
    }

    Optional<Condition> condition(String type) {
        return Optional.ofNullable(pipeline().getStatus())
                .flatMap(status -> Conditions.find(status.conditions(), type));
    }

    /** Waits until the condition has this status and reason and speaks of the newest generation. */
    Condition awaitCondition(String type, String status, String reason) {
        await(
                () -> condition(type)
                        .filter(found -> found.getStatus().equals(status)
                                && found.getReason().equals(reason)
                                && found.getObservedGeneration()
                                        .equals(pipeline().getMetadata().getGeneration()))
                        .isPresent(),
                () -> type + " " + status + " " + reason + "; status is "
                        + pipeline().getStatus());
        return condition(type).orElseThrow();
    }

    /** Waits for events with these reasons, in whatever order. */
    void awaitEvents(String... reasons) {
        await(() -> events().containsAll(List.of(reasons)), () -> List.of(reasons) + " among the events " + events());
    }

    Deployment deployment() {
        Deployment found = client.apps()
                .deployments()
                .inNamespace(name)
                .withName("main-workers")
                .get();
        assertThat(found).as("the Deployment").isNotNull();
        return found;
    }

    /** Acts as the deployment controller and the kubelet: pods by the template, with this status, and the Deployment's status. */
    void actAsKubeletWith(UnaryOperator<PodStatusBuilder> status, boolean available) {
        Deployment deployment = deployment();
        int replicas = deployment.getSpec().getReplicas();
        for (int i = 0; i < replicas; i++) {
            Pod pod = new PodBuilder()
                    .withNewMetadata()
                    .withNamespace(name)
                    .withName("main-workers-" + i)
                    .withLabels(deployment.getSpec().getTemplate().getMetadata().getLabels())
                    .withAnnotations(
                            deployment.getSpec().getTemplate().getMetadata().getAnnotations())
                    .endMetadata()
                    .withSpec(deployment.getSpec().getTemplate().getSpec())
                    .build();
            if (client.resource(pod).get() == null) {
                client.resource(pod).create();
            }
            PodStatus newStatus = status.apply(new PodStatusBuilder()).build();
            client.pods().inNamespace(name).withName("main-workers-" + i).editStatus(found -> {
                found.setStatus(newStatus);
                return found;
            });
        }
        client.apps().deployments().inNamespace(name).withName("main-workers").editStatus(found -> {
            found.setStatus(new DeploymentStatusBuilder()
                    .withObservedGeneration(found.getMetadata().getGeneration())
                    .withReplicas(replicas)
                    .withUpdatedReplicas(replicas)
                    .withReadyReplicas(available ? replicas : 0)
                    .withAvailableReplicas(available ? replicas : 0)
                    .build());
            return found;
        });
    }

    void actAsKubeletWithReadyWorkers() {
        actAsKubeletWith(
                status -> status.withPhase("Running")
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition(),
                true);
    }

    void awaitReplicas(int replicas) {
        await(
                () -> deployment().getSpec().getReplicas() == replicas,
                () -> replicas + " replicas; status is " + pipeline().getStatus());
    }

    /** Pods that a ReplicaSet would end first. */
    List<String> cheapestToDelete() {
        return client.pods().inNamespace(name).list().getItems().stream()
                .map(Pod::getMetadata)
                .filter(pod -> pod.getAnnotations() != null
                        && pod.getAnnotations().containsKey("controller.kubernetes.io/pod-deletion-cost"))
                .map(pod -> pod.getName())
                .toList();
    }

    /** Acts as the kubelet and the garbage collector: pods whose Deployment is gone have ended. */
    void actAsKubeletThatEndsThePods() {
        client.pods().inNamespace(name).withGracePeriod(0).delete();
    }

    /** Acts as a worker that says what it runs. */
    void reportAsWorker(String worker, long generation, String more) {
        report(worker, generation, 0, more);
    }

    /** Acts as a worker that listens to this many participants, could follow eight tracks, and runs generation 1. */
    void reportAsBusyWorker(String worker, int participants) {
        report(
                worker,
                1,
                participants,
                ",\"load\":{\"tracks\":%d,\"capacity\":8,\"decodeSpeed\":13}".formatted(participants));
    }

    private void report(String worker, long generation, int participants, String more) {
        inBucket(bucket -> bucket.put(
                Keys.worker(worker),
                "{\"worker\":\"%s\",\"generation\":%d,\"ready\":true,\"rooms\":0,\"participants\":%d%s}"
                        .formatted(worker, generation, participants, more)));
    }

    /** Acts as workers that counted finals, all in the same time, and failed utterances of a variant and of the pipeline itself. */
    void countAsWorkers(
            String variant, long since, long finals, long failed, long pipelineFinals, long pipelineFailed) {
        List<Long> classes = Collections.nCopies(VariantTallies.LATENCY_BOUNDS.size(), 0L);
        String sums =
                "{\"finals\":%d,\"empty\":0,\"discarded\":0,\"failed\":%d,\"logProbability\":%f,\"latencies\":[%d,%s]}";
        String rest = classes.stream().map(String::valueOf).collect(Collectors.joining(","));
        inBucket(bucket -> bucket.put(
                Keys.VARIANTS,
                "{\"tallies\":[{\"variant\":\"%s\",\"since\":%d,\"own\":%s,\"pipeline\":%s}]}"
                        .formatted(
                                variant,
                                since,
                                sums.formatted(finals, failed, -0.3 * finals, finals, rest),
                                sums.formatted(
                                        pipelineFinals, pipelineFailed, -0.3 * pipelineFinals, pipelineFinals, rest))));
    }

    /** The configuration document for workers that start. */
    String document() {
        return requireNonNull(client.configMaps()
                .inNamespace(name)
                .withName("main-config")
                .get()
                .getData()
                .get("pipeline.json"));
    }

    /** The configuration document for workers that run; empty if there is none. */
    String publishedDocument() {
        AtomicReference<String> document = new AtomicReference<>("");
        inBucket(bucket -> Optional.ofNullable(bucket.get(Keys.CONFIG))
                .map(KeyValueEntry::getValueAsString)
                .ifPresent(document::set));
        return requireNonNull(document.get());
    }

    /** Waits until workers that run have the configuration of those that start. */
    void awaitPublished() {
        await(() -> publishedDocument().equals(document()), () -> "the document in the bucket");
    }

    List<String> events() {
        return client.events().v1().events().inNamespace(name).list().getItems().stream()
                .map(event -> event.getReason())
                .toList();
    }

    void deletePipeline() {
        client.resources(SttPipeline.class).inNamespace(name).withName("main").delete();
    }

    void awaitGone() {
        await(
                () -> client.resources(SttPipeline.class)
                                .inNamespace(name)
                                .withName("main")
                                .get()
                        == null,
                () -> "the pipeline is gone; its status is " + pipeline().getStatus());
    }

    private interface WithBucket {
        void accept(KeyValue bucket) throws Exception;
    }

    private void inBucket(WithBucket work) {
        try {
            TestServers.shared().withNats(nats -> work.accept(nats.keyValue(new Subjects(name, "main").bucket())));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static void await(BooleanSupplier condition, Supplier<String> what) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what.get());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }
}
