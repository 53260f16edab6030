package dev.june.stt.operator.probe;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;

/** Reads Secrets one by one, by name: RATIONALE.md says why they are not watched. Any thread. */
public final class Secrets {
    private final KubernetesClient client;

    public Secrets(KubernetesClient client) {
        this.client = client;
    }

    public SecretState look(SecretName name) {
        try {
            Secret secret = client.secrets()
                    .inNamespace(name.namespace())
                    .withName(name.name())
                    .get();
            if (secret == null) {
                return new SecretState.Missing();
            }
            return new SecretState.Present(secret.getData() == null ? Map.of() : secret.getData());
        } catch (KubernetesClientException e) {
            return new SecretState.Unreadable(
                    e.getCode() == 403
                            ? "the operator's role does not let it get Secrets in namespace " + name.namespace()
                            : "the API server does not answer (code " + e.getCode() + ")");
        }
    }

    /** Soon while something is missing, so that it heals within seconds; rarely when all is there. */
    public static Duration again(SecretName name, SecretState state) {
        return switch (state) {
            case SecretState.Present _ -> Duration.ofSeconds(30);
            case SecretState.Missing _ -> Duration.ofSeconds(3);
            case SecretState.Unreadable _ -> Duration.ofSeconds(10);
        };
    }
}
