package dev.june.stt.operator.probe;

/** What was seen of a LiveKit server. */
public sealed interface LiveKitState {
    /** It answers and takes the key. */
    record Reachable() implements LiveKitState {}

    /** It answers and does not take the key. */
    record KeyRefused() implements LiveKitState {}

    /**
     * It does not answer, or not as a LiveKit server does.
     *
     * @param why for people
     */
    record Unreachable(String why) implements LiveKitState {}
}
