package dev.june.stt.config;

import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds values outside their {@link Range} where no API server has done it: in a file or the environment. */
public final class Ranges {
    private Ranges() {}

    /** Every violation in the record and the records below it, each a sentence that starts with the field's path; empty if none. */
    public static List<String> violations(Record root) {
        List<String> found = new ArrayList<>();
        collect("", root, found);
        return List.copyOf(found);
    }

    private static void collect(String path, Record record, List<String> found) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String name = path.isEmpty() ? component.getName() : path + "." + component.getName();
            @Nullable Object value = read(component, record);
            Range range = field(record, component).getAnnotation(Range.class);
            if (value != null && range != null && !inside(range, value)) {
                found.add(name + ": expected a value from " + range.min() + " to " + range.max() + ", got " + value);
            }
            switch (value) {
                case null -> {}
                case Record child -> collect(name, child, found);
                case Collection<?> children ->
                    children.forEach(child -> {
                        if (child instanceof Record inner) {
                            collect(name, inner, found);
                        }
                    });
                default -> {}
            }
        }
    }

    private static boolean inside(Range range, Object value) {
        return switch (value) {
            case KubeDuration duration ->
                duration.value().compareTo(new KubeDuration(range.min()).value()) >= 0
                        && duration.value().compareTo(new KubeDuration(range.max()).value()) <= 0;
            case Collection<?> values -> values.stream().allMatch(each -> inside(range, each));
            case Number number ->
                number.doubleValue() >= Double.parseDouble(range.min())
                        && number.doubleValue() <= Double.parseDouble(range.max());
            default -> throw new IllegalStateException(value.getClass() + " can have no @Range");
        };
    }

    private static @Nullable Object read(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    private static Field field(Record record, RecordComponent component) {
        try {
            return record.getClass().getDeclaredField(component.getName());
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(component + " has no field", e);
        }
    }
}
