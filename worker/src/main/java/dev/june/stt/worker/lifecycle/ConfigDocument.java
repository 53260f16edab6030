package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Ranges;
import dev.june.stt.config.VariantRules;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads a configuration document: JSON as the operator renders it, or the YAML of an SttPipeline as a person wrote it. Defaults come
 * from the schema of the custom resource, bounds and rules from its types, so a file is judged as the API server would. Environment
 * variables override single fields: {@code JUNE_SEGMENTATION_END_SILENCE} stands for {@code spec.segmentation.endSilence}.
 */
public final class ConfigDocument {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final List<String> FOR_THE_OPERATOR_ALONE = List.of("replicas", "workers", "autoscaling", "suspend");

    private static final JsonNode SPEC_SCHEMA = specSchema();

    private ConfigDocument() {}

    public static PipelineConfig read(Path file, Map<String, String> environment) {
        try {
            return parse(Files.readString(file), environment);
        } catch (IOException e) {
            throw new InvalidConfig(
                    "", file + ": cannot be read (" + e + "); JUNE_CONFIG names the configuration file", e);
        }
    }

    /**
     * @throws InvalidConfig with a message that names the field, what was expected and what is there
     */
    public static PipelineConfig parse(String text, Map<String, String> environment) {
        try {
            ObjectNode document = asDocument(YAML.readTree(text));
            ObjectNode spec = (ObjectNode) document.get("spec");
            override("JUNE", spec, SPEC_SCHEMA, environment);
            fillDefaults(spec, SPEC_SCHEMA);
            spec.remove(FOR_THE_OPERATOR_ALONE);
            PipelineConfig config = YAML.treeToValue(document, PipelineConfig.class);
            List<String> violations = new ArrayList<>(Ranges.violations(config.spec()));
            violations.addAll(VariantRules.violations(config.spec()));
            if (!violations.isEmpty()) {
                String message = "spec." + String.join("; spec.", violations);
                throw new InvalidConfig(message.substring(0, message.indexOf(':')), message, null);
            }
            return config;
        } catch (DatabindException e) {
            throw new InvalidConfig(pathOf(e), pathOf(e) + ": " + e.getOriginalMessage(), e);
        } catch (JacksonException e) {
            throw new InvalidConfig("", "the document is not YAML or JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Also of a document that is not valid; 0 if that cannot be read. */
    static long generationOf(String text) {
        try {
            return YAML.readTree(text).path("generation").asLong(0);
        } catch (JacksonException e) {
            return 0;
        }
    }

    private static ObjectNode asDocument(JsonNode tree) {
        if (!(tree instanceof ObjectNode root) || !(root.get("spec") instanceof ObjectNode)) {
            throw new InvalidConfig(
                    "", "the document: expected an object with a spec, got " + tree.getNodeType(), null);
        }
        if (!root.has("kind")) {
            return root;
        }
        if (!root.path("kind").asString().equals("SttPipeline")) {
            throw new InvalidConfig(
                    "kind",
                    "kind: expected SttPipeline, got " + root.path("kind").asString(),
                    null);
        }
        JsonNode metadata = root.path("metadata");
        ObjectNode document = root.objectNode();
        document.put("generation", metadata.path("generation").asLong(1));
        document.put("namespace", metadata.path("namespace").asString("default"));
        document.put("name", metadata.path("name").asString("pipeline"));
        document.set("spec", root.get("spec"));
        return document;
    }

    private static void fillDefaults(ObjectNode node, JsonNode schema) {
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            JsonNode fallback = property.getValue().get("default");
            if (!node.has(property.getKey()) && fallback != null) {
                node.set(property.getKey(), fallback.deepCopy());
            }
            JsonNode items = property.getValue().path("items");
            switch (node.get(property.getKey())) {
                case ObjectNode child -> fillDefaults(child, property.getValue());
                case ArrayNode children ->
                    children.forEach(child -> {
                        if (child instanceof ObjectNode inner) {
                            fillDefaults(inner, items);
                        }
                    });
                case null, default -> {}
            }
        }
    }

    private static void override(String prefix, ObjectNode node, JsonNode schema, Map<String, String> environment) {
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            String variable = prefix + "_"
                    + property.getKey().replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(java.util.Locale.ROOT);
            if (property.getValue().path("type").asString("").equals("object")) {
                if (environment.keySet().stream().anyMatch(key -> key.startsWith(variable + "_"))) {
                    ObjectNode child = node.get(property.getKey()) instanceof ObjectNode existing
                            ? existing
                            : node.putObject(property.getKey());
                    override(variable, child, property.getValue(), environment);
                    if (child.isEmpty()) {
                        node.remove(property.getKey());
                    }
                }
            } else if (environment.containsKey(variable)) {
                node.set(property.getKey(), YAML.readTree(environment.get(variable)));
            }
        }
    }

    private static String pathOf(DatabindException e) {
        StringBuilder path = new StringBuilder();
        e.getPath().forEach(reference -> {
            if (reference.getPropertyName() != null) {
                path.append(path.isEmpty() ? "" : ".").append(reference.getPropertyName());
            } else {
                path.append('[').append(reference.getIndex()).append(']');
            }
        });
        return path.isEmpty() ? "the document" : path.toString();
    }

    private static JsonNode specSchema() {
        try (InputStream crd = ConfigDocument.class.getResourceAsStream("/crd/sttpipelines.stt.june.dev.yaml")) {
            return YAML.readTree(java.util.Objects.requireNonNull(crd, "the CRD is not on the classpath"))
                    .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A document that cannot be applied; the message is for the person who wrote it. */
    public static final class InvalidConfig extends RuntimeException {
        private final String field;

        InvalidConfig(String field, String message, @org.jspecify.annotations.Nullable Throwable cause) {
            super(message, cause);
            this.field = field;
        }

        /** Path of the field that is wrong; empty if it is the document as a whole. */
        public String field() {
            return field;
        }
    }
}
