package dev.june.stt.operator.rollout;

/** What became of a candidate that is being tried. */
public sealed interface Verdict {
    /** All that should run it do, and are well. */
    record Good() implements Verdict {}

    /**
     * It does not work.
     *
     * @param reason in CamelCase, from a fixed set
     * @param message what is wrong and what to do
     */
    record Bad(String reason, String message) implements Verdict {}

    /** Not known yet. */
    record Open() implements Verdict {}
}
