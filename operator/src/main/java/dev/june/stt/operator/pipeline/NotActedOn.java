package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipelineSpec;
import java.util.List;
import java.util.function.Predicate;

/**
 * Fields of the spec that are accepted and that nothing acts on yet, so that nobody relies on them in vain. This is the one list: who
 * makes a field work deletes its line.
 */
final class NotActedOn {
    private static final List<Field> FIELDS = List.of(
            new Field("variants", spec -> !spec.variants().isEmpty()),
            new Field("limits.connectionsPerKey", spec -> spec.limits().connectionsPerKey() != 10),
            new Field(
                    "observability.tracing.otlpEndpoint",
                    spec -> spec.observability().tracing().otlpEndpoint() != null),
            new Field("observability.dashboards", spec -> spec.observability().dashboards()));

    private NotActedOn() {}

    private record Field(String path, Predicate<SttPipelineSpec> isSet) {}

    static List<String> in(SttPipelineSpec spec) {
        return FIELDS.stream()
                .filter(field -> field.isSet().test(spec))
                .map(Field::path)
                .toList();
    }
}
