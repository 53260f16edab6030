package dev.june.stt.operator.probe;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads Secrets one by one, by name: RATIONALE.md says why they are not watched. Any thread. */
public final class Secrets {
    private static final Logger LOG = LoggerFactory.getLogger(Secrets.class);

    private final KubernetesClient client;

    public Secrets(KubernetesClient client) {
        this.client = client;
    }

    /** Nothing is seen while the API server does not answer. */
    public Optional<SecretState> look(SecretName name) {
        try {
            Secret secret = client.secrets()
                    .inNamespace(name.namespace())
                    .withName(name.name())
                    .get();
            if (secret == null) {
                return Optional.of(new SecretState.Missing());
            }
            return Optional.of(new SecretState.Present(secret.getData() == null ? Map.of() : secret.getData()));
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                return Optional.of(new SecretState.Forbidden());
            }
            LOG.atWarn()
                    .addKeyValue("secret", name)
                    .addKeyValue("code", e.getCode())
                    .log("A Secret cannot be read");
            return Optional.empty();
        }
    }

    /** Soon while something is missing, so that it heals within seconds; rarely when all is there. */
    public static Duration again(SecretName name, SecretState state) {
        return switch (state) {
            case SecretState.Present _ -> Duration.ofSeconds(30);
            case SecretState.Missing _ -> Duration.ofSeconds(3);
            case SecretState.Forbidden _ -> Duration.ofSeconds(10);
        };
    }
}
