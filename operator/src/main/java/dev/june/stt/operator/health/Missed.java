package dev.june.stt.operator.health;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which objects changed without the watch having said so. One look proves nothing, as what is read may be a moment ahead; an object
 * that was ahead at the last look, and of which nothing has arrived since, was missed. Immutable.
 *
 * @param behind objects whose newest version had not arrived, and what had arrived instead; empty for nothing
 */
record Missed<K>(Map<K, String> behind, boolean isDeaf) {
    Missed {
        behind = Map.copyOf(behind);
    }

    static <K> Missed<K> nothing() {
        return new Missed<>(Map.of(), false);
    }

    /**
     * The next look.
     *
     * @param read versions by reading
     * @param arrived version by watching
     */
    Missed<K> look(Map<K, String> read, Function<K, Optional<String>> arrived) {
        Map<K, String> now = new HashMap<>();
        read.forEach((object, version) -> {
            String last = arrived.apply(object).orElse("");
            if (!last.equals(version)) {
                now.put(object, last);
            }
        });
        boolean deaf =
                now.entrySet().stream().anyMatch(entry -> entry.getValue().equals(behind.get(entry.getKey())));
        return new Missed<>(now, deaf);
    }
}
