package dev.june.stt.operator.installation;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Applies a pipeline without workers, waits until the operator says something about it, and deletes it again. The servers that it
 * names do not exist, and nothing connects to them: its Secret is missing, which is what the operator should say.
 */
public final class InstallationCheck {
    /** The program's argument that asks for this check instead of the operator; the namespace follows. */
    public static final String COMMAND = "check-installation";

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final KubernetesClient client;
    private final String namespace;
    private final Duration limit;
    private final PrintStream out;

    /** @param limit how long to wait for the operator's word, and then for the pipeline's end */
    public InstallationCheck(KubernetesClient client, String namespace, Duration limit, PrintStream out) {
        this.client = client;
        this.namespace = namespace;
        this.limit = limit;
        this.out = out;
    }

    /** Answers the exit status: 0 when the operator is at work. */
    public static int run(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: " + COMMAND + " NAMESPACE");
            return 2;
        }
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            return new InstallationCheck(client, arguments[1], LIMIT, System.out).passes() ? 0 : 1;
        }
    }

    public boolean passes() {
        try {
            String name = "june-test-" + UUID.randomUUID().toString().substring(0, 8);
            client.resource(yaml(name)).create();
            Resource<SttPipeline> pipeline =
                    client.resources(SttPipeline.class).inNamespace(namespace).withName(name);
            boolean answered = isAnswered(pipeline);
            return isGone(pipeline) && answered;
        } catch (KubernetesClientException e) {
            out.println("The API server refuses: " + e.getMessage());
            return false;
        }
    }

    private boolean isAnswered(Resource<SttPipeline> pipeline) {
        if (!await(() -> ready(pipeline.get()).isPresent())) {
            out.println("No operator says anything about a pipeline in namespace " + namespace + ": does it run, and is"
                    + " this one of the namespaces that it looks after?");
            return false;
        }
        String reason = ready(pipeline.get()).map(Condition::getReason).orElse("");
        out.println("The operator answers: " + reason);
        return reason.equals("LiveKitSecretMissing");
    }

    private boolean isGone(Resource<SttPipeline> pipeline) {
        pipeline.delete();
        boolean gone = await(() -> pipeline.get() == null);
        out.println(gone ? "The pipeline is gone" : "The pipeline is not gone yet");
        return gone;
    }

    private static Optional<Condition> ready(@Nullable SttPipeline pipeline) {
        return Stream.ofNullable(pipeline)
                .flatMap(found -> Stream.ofNullable(found.getStatus()))
                .flatMap(status -> status.conditions().stream())
                .filter(condition -> condition.getType().equals("Ready")
                        && !condition.getStatus().equals("Unknown"))
                .findFirst();
    }

    private boolean await(BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            try {
                Thread.sleep(AGAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private String yaml(String name) {
        return """
                apiVersion: stt.june.dev/v1alpha1
                kind: SttPipeline
                metadata:
                  name: %s
                  namespace: %s
                  annotations: {stt.june.dev/leave-streams: "true"}
                spec:
                  suspend: true
                  livekit: {url: "ws://livekit.invalid", credentialsSecretRef: {name: %s}}
                  delivery: {nats: {url: "nats://nats.invalid", credentialsSecretRef: {name: %s}}}
                """.formatted(name, namespace, name, name);
    }
}
