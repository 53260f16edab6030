package dev.june.stt.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Range;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.generator.annotation.Default;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Generates the CRD's YAML: Fabric8's generator first, then what it has no annotation for. */
final class CrdYaml {
    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));

    private static final List<String> COLUMNS =
            List.of("Ready", "Reason", "Replicas", "Rooms", "Queue", "Dead", "Model", "Desired", "Age");

    private CrdYaml() {}

    static String generate() throws IOException, NoSuchFieldException {
        Path folder = Files.createTempDirectory("crd");
        var generated = new CRDGenerator()
                .customResourceClasses(SttPipeline.class)
                .forCRDVersions("v1")
                .inOutputDir(folder.toFile())
                .detailedGenerate();
        String file = requireNonNull(generated
                        .getCRDInfos("sttpipelines." + SttPipeline.GROUP)
                        .get("v1"))
                .getFilePath();
        ObjectNode crd = (ObjectNode) YAML.readTree(Path.of(file).toFile());
        ObjectNode version = (ObjectNode) crd.at("/spec/versions/0");
        version.set("additionalPrinterColumns", columnsInOrder(version.get("additionalPrinterColumns")));
        ObjectNode schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
        schema.put("description", "Live transcription for LiveKit rooms by a pool of workers");
        schema.putArray("required").add("spec");
        refine((ObjectNode) schema.at("/properties/spec"), SttPipelineSpec.class);
        ObjectNode conditions = (ObjectNode) schema.at("/properties/status/properties/conditions");
        conditions
                .put("x-kubernetes-list-type", "map")
                .putArray("x-kubernetes-list-map-keys")
                .add("type");
        ((ObjectNode) conditions.get("items")).putArray("required").add("type").add("status");
        return "# Generated from the types in this module: ./mvnw -pl crds test -Dcrd.update=true\n"
                + YAML.writeValueAsString(crd);
    }

    /** The generator sorts columns by path; people read them from left to right. */
    private static ArrayNode columnsInOrder(JsonNode columns) {
        ArrayNode ordered = YAML.createArrayNode();
        for (String name : COLUMNS) {
            for (JsonNode column : columns) {
                if (column.get("name").asText().equals(name)) {
                    ordered.add(column);
                }
            }
        }
        if (ordered.size() != columns.size()) {
            throw new IllegalStateException("printer columns: expected " + COLUMNS + ", got " + columns);
        }
        return ordered;
    }

    private static void refine(ObjectNode schema, Class<?> type) throws NoSuchFieldException {
        if (!type.isRecord()) {
            return;
        }
        if (schema.get("x-kubernetes-validations") instanceof ArrayNode rules) {
            schema.set("x-kubernetes-validations", withoutRepeats(rules));
        }
        for (RecordComponent component : type.getRecordComponents()) {
            if (schema.path("properties").path(component.getName()) instanceof ObjectNode node) {
                refineComponent(node, component, type);
            }
        }
    }

    private static void refineComponent(ObjectNode node, RecordComponent component, Class<?> owner)
            throws NoSuchFieldException {
        if (emptyDefault(owner, component)) {
            node.put("default", "");
        }
        Range range = rangeOf(owner, component);
        if (component.getType() == KubeDuration.class) {
            asDuration(node, component.getName(), requireNonNull(range, owner + "." + component.getName()));
            return;
        }
        if (range != null && component.getType() != List.class) {
            node.set("minimum", number(range.min()));
            node.set("maximum", number(range.max()));
        }
        if (node.get("x-kubernetes-validations") instanceof ArrayNode rules) {
            node.set("x-kubernetes-validations", withoutRepeats(rules));
        }
        refine(node, component.getType());
        if (component.getType().isRecord() && !component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
            spellOutDefault(node);
        }
        if (component.getType() == List.class && node.get("items") instanceof ObjectNode items) {
            Type element = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            if (element == KubeDuration.class) {
                items.removeAll();
                asDuration(items, "each value of " + component.getName(), requireNonNull(range, component.getName()));
            } else if (element instanceof Class<?> elementType) {
                refine(items, elementType);
            }
        }
    }

    /** An annotation on a record's component reaches its field and its accessor: the generator reports it twice. */
    private static ArrayNode withoutRepeats(ArrayNode rules) {
        Set<JsonNode> seen = new LinkedHashSet<>();
        rules.forEach(seen::add);
        return YAML.createArrayNode().addAll(seen);
    }

    /** A duration is a bounded string, with a rule that says the bounds. */
    private static void asDuration(ObjectNode node, String name, Range range) {
        node.remove(List.of("properties", "required", "type"));
        node.put("maxLength", 16).put("minLength", 2).put("type", "string");
        String bounds = "from " + range.min() + " to " + range.max();
        node.putArray("x-kubernetes-validations")
                .addObject()
                .put("message", name + " must be a duration such as 600ms, 25s or 1m30s, " + bounds)
                .put(
                        "rule",
                        "self.matches('" + KubeDuration.PATTERN + "') && duration(self) >= duration('" + range.min()
                                + "') && duration(self) <= duration('" + range.max() + "')");
    }

    /**
     * An absent object gets the defaults of its fields, spelled out: with {@code default: {}} the API server refuses rules that
     * read defaulted fields. Objects with a required field that has no default stay without.
     */
    private static void spellOutDefault(ObjectNode schema) {
        ObjectNode value = YAML.createObjectNode();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            JsonNode fallback = property.getValue().get("default");
            if (fallback != null) {
                value.set(property.getKey(), fallback.deepCopy());
            }
        }
        for (JsonNode required : schema.path("required")) {
            if (!value.has(required.asText())) {
                return;
            }
        }
        if (!value.isEmpty()) {
            schema.set("default", value);
        }
    }

    /** The generator takes an empty default for none. */
    private static boolean emptyDefault(Class<?> type, RecordComponent component) throws NoSuchFieldException {
        Default fallback = type.getDeclaredField(component.getName()).getAnnotation(Default.class);
        return fallback != null && fallback.value().isEmpty();
    }

    private static JsonNode number(String text) {
        return text.contains(".")
                ? DoubleNode.valueOf(Double.parseDouble(text))
                : LongNode.valueOf(Long.parseLong(text));
    }

    private static @Nullable Range rangeOf(Class<?> type, RecordComponent component) throws NoSuchFieldException {
        return type.getDeclaredField(component.getName()).getAnnotation(Range.class);
    }
}
