package dev.june.stt.worker.utterance;

import java.util.List;

/** The next state, and what is to be done, in order. */
public record Step(UtteranceState next, List<UtteranceEffect> effects) {
    public Step {
        effects = List.copyOf(effects);
    }

    static Step to(UtteranceState next, UtteranceEffect... effects) {
        return new Step(next, List.of(effects));
    }
}
