package dev.june.stt.worker.delivery;

/** Failures, sorted by what happens next. */
public enum FailureKind {
    /** The user's to fix: said in a condition, not retried until something changes. */
    CONFIGURATION,
    /** LiveKit or NATS: retried with backoff, in one layer only. */
    UPSTREAM,
    /** Too much at once: refused, counted, said. */
    OVERLOAD,
    /** Our bug: ends the smallest thing that holds it, with its stack trace. */
    DEFECT
}
