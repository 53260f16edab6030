package dev.june.stt.operator.probe;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** What was seen of a Secret. */
public sealed interface SecretState {
    /**
     * It is there.
     *
     * @param data values as the API server gives them, in Base64
     */
    record Present(Map<String, String> data) implements SecretState {
        public Present {
            data = Map.copyOf(data);
        }

        /** The value, if the key is there and its value is not empty. */
        public Optional<String> text(String key) {
            return Optional.ofNullable(data.get(key))
                    .map(encoded -> new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8))
                    .filter(text -> !text.isBlank());
        }

        /** Keys alone: a Secret's values never reach a log. */
        @Override
        public String toString() {
            return "Present" + data.keySet();
        }
    }

    /** There is none of that name. */
    record Missing() implements SecretState {}

    /** The operator's role does not let it read Secrets there. */
    record Forbidden() implements SecretState {}
}
