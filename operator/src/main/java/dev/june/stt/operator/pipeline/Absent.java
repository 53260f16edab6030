package dev.june.stt.operator.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an API server leaves out, or writes as {@code null} while nobody has reported yet; the client hands both on as they come. */
final class Absent {
    private Absent() {}

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
