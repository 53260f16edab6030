package dev.june.stt.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class VariantTest {
    @Test
    void aVariantsBoundsAreThoseOfThePipeline() {
        assertThat(bounds(VariantSegmentation.class))
                .containsExactlyInAnyOrderEntriesOf(without(bounds(Segmentation.class), "mergeTolerance"));
        assertThat(bounds(VariantModel.class).get("beamSize"))
                .isEqualTo(bounds(Model.class).get("beamSize"));
    }

    @Test
    void latenciesFallIntoTheClassOfTheBoundAboveThem() {
        assertThat(VariantTallies.latencyClass(0)).isZero();
        assertThat(VariantTallies.latencyClass(100)).isZero();
        assertThat(VariantTallies.latencyClass(101)).isEqualTo(1);
        assertThat(VariantTallies.latencyClass(Long.MAX_VALUE)).isEqualTo(VariantTallies.LATENCY_BOUNDS.size());
        assertThat(VariantTallies.LATENCY_BOUNDS).isSorted().doesNotHaveDuplicates();
    }

    private static Map<String, List<String>> bounds(Class<? extends Record> type) {
        return Arrays.stream(type.getRecordComponents())
                .filter(component -> range(type, component) != null)
                .collect(Collectors.toMap(RecordComponent::getName, component -> {
                    Range range = range(type, component);
                    return List.of(range.min(), range.max());
                }));
    }

    private static Map<String, List<String>> without(Map<String, List<String>> bounds, String name) {
        return bounds.entrySet().stream()
                .filter(each -> !each.getKey().equals(name))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static Range range(Class<?> type, RecordComponent component) {
        try {
            return type.getDeclaredField(component.getName()).getAnnotation(Range.class);
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }
}
