package dev.june.stt.operator.condition;

import java.util.regex.Pattern;

/**
 * What is true of a pipeline now, before it is merged with what its status said until now.
 *
 * @param type what is observed, an adjective or past participle: {@code Ready}
 * @param reason why, in CamelCase; part of the API, scripts compare it
 * @param message for people: what was expected, what is there, what to do
 */
public record Observation(String type, Status status, String reason, String message) {
    /** What the API server takes as a reason, but for the punctuation that we do not use. */
    public static final Pattern REASON = Pattern.compile("[A-Z][A-Za-z0-9]{0,63}");

    private static final int MAX_MESSAGE = 1_024;

    public Observation {
        if (!REASON.matcher(reason).matches()) {
            throw new IllegalArgumentException("reason of " + type + ": expected CamelCase, got '" + reason + "'");
        }
        message = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
    }

    /** As Kubernetes spells it. */
    public enum Status {
        TRUE("True"),
        FALSE("False"),
        UNKNOWN("Unknown");

        private final String text;

        Status(String text) {
            this.text = text;
        }

        public static Status of(boolean value) {
            return value ? TRUE : FALSE;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
