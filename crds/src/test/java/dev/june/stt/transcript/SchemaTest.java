package dev.june.stt.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The schemas accept the golden messages and nothing that differs from them in shape. */
class SchemaTest {
    private static final String ID = "https://stt.june.dev/schema/v1/";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaIdResolvers(resolvers -> resolvers.mapPrefix(ID, "classpath:schema/")));

    static Stream<Example> examples() {
        return Example.all().stream();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void acceptsTheGoldenMessage(Example example) {
        assertThat(errors(example.kind(), JSON.readTree(example.json()))).isEmpty();
    }

    /** Optional is what the golden minimal final leaves out, and nothing else. */
    @ParameterizedTest
    @MethodSource("examples")
    void refusesAMessageThatLacksAField(Example example) {
        for (JsonNode lacking : eachWithoutOneField(JSON.readTree(example.json()))) {
            boolean optional = errors(example.kind(), lacking).isEmpty();
            assertThat(optional && !lacksOnlyAnOptionalField(example, lacking))
                    .as("accepted: %s", lacking)
                    .isFalse();
        }
    }

    @Test
    void refusesWhatNoRecordHas() {
        for (Example example : Example.events()) {
            ObjectNode message = (ObjectNode) JSON.readTree(example.json());
            ((ObjectNode) message.get("data")).put("mood", "cheerful");
            assertThat(errors(example.kind(), message)).as(example.name()).isNotEmpty();
        }
    }

    @Test
    void refusesAMessageOfAnotherKind() {
        for (Example example : Example.events()) {
            for (String kind : List.of("final", "void", "partial")) {
                if (!kind.equals(example.kind())) {
                    assertThat(errors(kind, JSON.readTree(example.json())))
                            .as(kind)
                            .isNotEmpty();
                }
            }
        }
    }

    @Test
    void acceptsExtensionAttributesOfCloudEvents() {
        Example example = Example.events().getFirst();
        ObjectNode message = (ObjectNode) JSON.readTree(example.json());
        message.put("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assertThat(errors(example.kind(), message)).isEmpty();
    }

    @Test
    void knowsEveryConstantOfTheEnums() {
        JsonNode common = JSON.readTree(Example.SCHEMAS.resolve("common.schema.json"));
        JsonNode voided = JSON.readTree(Example.SCHEMAS.resolve("void.schema.json"));
        assertThat(texts(common.at("/$defs/endReason/enum"))).isEqualTo(names(EndReason.values()));
        assertThat(texts(common.at("/$defs/language/properties/source/enum")))
                .isEqualTo(names(Transcript.Language.Source.values()));
        assertThat(texts(voided.at("/properties/data/properties/outcome/enum")))
                .isEqualTo(names(Transcript.Outcome.values()));
    }

    private static List<Error> errors(String kind, JsonNode message) {
        Schema schema = REGISTRY.getSchema(SchemaLocation.of(ID + kind + ".schema.json"));
        return schema.validate(message);
    }

    /** One field, anywhere in the message, is taken out at a time. */
    private static List<JsonNode> eachWithoutOneField(JsonNode message) {
        List<JsonNode> all = new ArrayList<>();
        if (message instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                ObjectNode lacking = object.deepCopy();
                lacking.remove(name);
                all.add(lacking);
                for (JsonNode inner : eachWithoutOneField(object.get(name))) {
                    all.add(object.deepCopy().set(name, inner));
                }
            }
        }
        return all;
    }

    private static boolean lacksOnlyAnOptionalField(Example example, JsonNode lacking) {
        JsonNode whole = JSON.readTree(example.json());
        return !whole.at("/data/language/probability").isMissingNode()
                        && lacking.at("/data/language/probability").isMissingNode()
                || !whole.at("/data/confidence/noSpeechProbability").isMissingNode()
                        && lacking.at("/data/confidence/noSpeechProbability").isMissingNode();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(node -> texts.add(node.asString()));
        return texts;
    }

    private static List<String> names(Enum<?>[] constants) {
        return Stream.of(constants)
                .map(constant -> JSON.valueToTree(constant).asString())
                .toList();
    }
}
