package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipelineSpec;
import java.util.List;
import java.util.function.Predicate;

/**
 * Fields of the spec that are accepted and that nothing acts on yet, so that nobody relies on them in vain. This is the one list: who
 * makes a field work deletes its line.
 */
final class NotActedOn {
    private static final List<Field> FIELDS =
            List.of(new Field("autoscaling.mode", spec -> spec.autoscaling().mode() == Autoscaling.Mode.KEDA));

    private NotActedOn() {}

    private record Field(String path, Predicate<SttPipelineSpec> isSet) {}

    static List<String> in(SttPipelineSpec spec) {
        return FIELDS.stream()
                .filter(field -> field.isSet().test(spec))
                .map(Field::path)
                .toList();
    }
}
