package dev.june.stt.operator.pipeline;

/**
 * Something that is not as it should be, or not yet.
 *
 * @param type the condition it shows on
 * @param reason in CamelCase; part of the API
 * @param message what is wrong and what to do
 */
record Finding(String type, Kind kind, String reason, String message) {
    enum Kind {
        /** Not looked at yet, or not possible to look at before something else is mended. */
        UNSEEN,
        /** Somebody has to mend it, and until then workers would only be made worse by being touched: they stay as they are. */
        HOLD,
        /** Somebody has to mend it. */
        PROBLEM,
        /** It will come by itself. */
        PROGRESS,
        /** It was asked for. */
        INTENDED
    }

    boolean isProblem() {
        return kind == Kind.HOLD || kind == Kind.PROBLEM;
    }
}
