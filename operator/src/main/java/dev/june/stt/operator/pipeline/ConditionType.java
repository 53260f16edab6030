package dev.june.stt.operator.pipeline;

/** Types of a pipeline's conditions, in the order in which they are reported. */
final class ConditionType {
    static final String READY = "Ready";
    static final String PROGRESSING = "Progressing";
    static final String DEGRADED = "Degraded";
    static final String REFERENCES_RESOLVED = "ReferencesResolved";
    static final String STREAMS_READY = "StreamsReady";
    static final String LIVEKIT_REACHABLE = "LiveKitReachable";
    static final String WORKERS_AVAILABLE = "WorkersAvailable";
    static final String CONFIGURATION_APPLIED = "ConfigurationApplied";
    static final String SCALED = "Scaled";
    static final String VARIANT_ABORTED = "VariantAborted";

    private ConditionType() {}
}
