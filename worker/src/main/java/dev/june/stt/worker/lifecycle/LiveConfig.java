package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.PipelineConfig;

/** The configuration that this worker runs. One immutable document, swapped as a whole; readers take it once for each decision. */
public final class LiveConfig {
    private volatile PipelineConfig current;

    LiveConfig(PipelineConfig first) {
        current = first;
    }

    public PipelineConfig current() {
        return current;
    }
}
