package dev.june.stt.operator.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.june.stt.resource.SttPipeline;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;

/** Pipelines as the API server would hand them to the operator: what a user wrote, with the schema's defaults filled in. */
final class Pipelines {
    static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final JsonNode SPEC = specSchema();

    private Pipelines() {}

    /** One with nothing but what has no default. */
    static SttPipeline minimal() {
        return withSpec("");
    }

    /**
     * @param more YAML lines of the spec, beside {@code livekit} and {@code delivery}
     */
    static SttPipeline withSpec(String more) {
        return read("""
                metadata: {name: main, namespace: stt, uid: 0-1, generation: 7}
                spec:
                  livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                  delivery: {nats: {url: "nats://nats:4222"}}
                """ + more.indent(2));
    }

    /** One with a webhook, whose keys are in the Secret {@code webhook}. */
    static SttPipeline withWebhook() {
        return read("""
                metadata: {name: main, namespace: stt, uid: 0-1, generation: 7}
                spec:
                  livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                  delivery:
                    nats: {url: "nats://nats:4222"}
                    webhook: {url: "https://a.example/x", signingSecretRef: {name: webhook}}
                """);
    }

    static SttPipeline read(String yaml) {
        try {
            ObjectNode tree = (ObjectNode) YAML.readTree(yaml);
            fill((ObjectNode) tree.get("spec"), SPEC);
            return YAML.treeToValue(tree, SttPipeline.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(ObjectNode node, JsonNode schema) {
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            JsonNode fallback = property.getValue().get("default");
            if (!node.has(property.getKey()) && fallback != null) {
                node.set(property.getKey(), fallback.deepCopy());
            }
            if (node.get(property.getKey()) instanceof ObjectNode child) {
                fill(child, property.getValue());
            }
            if (node.get(property.getKey()) instanceof ArrayNode children) {
                children.forEach(child -> {
                    if (child instanceof ObjectNode inner) {
                        fill(inner, property.getValue().path("items"));
                    }
                });
            }
        }
    }

    private static JsonNode specSchema() {
        try (InputStream crd = Pipelines.class.getResourceAsStream("/crd/sttpipelines.stt.june.dev.yaml")) {
            return YAML.readTree(Objects.requireNonNull(crd, "the CRD"))
                    .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
