package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.Model;
import dev.june.stt.worker.recognition.Recognizer;
import io.micrometer.core.instrument.MeterRegistry;

/** Loads and warms the recognizer that the configuration asks for. */
final class Recognizers {
    private Recognizers() {}

    static Recognizer load(Model model, WorkerSettings settings, MeterRegistry metrics) {
        throw new IllegalStateException(model + " " + settings + " " + metrics);
    }
}
