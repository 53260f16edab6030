package dev.june.stt.worker.recognition;

import java.util.function.Supplier;

/** The recognizers of a pipeline: {@link #get} is its own, the others are those of its variants. What is behind a name may change. Any thread. */
@FunctionalInterface
public interface Recognizers extends Supplier<Recognizer> {
    /** That of a variant; the pipeline's own for the empty name and for those that are not known here. */
    default Recognizer of(String variant) {
        return get();
    }

    /** Whether the name is that of a variant whose recognizer is here, or empty. */
    default boolean knows(String variant) {
        return true;
    }

    /** Seconds of speech that a state decodes in a second, over all rooms that there are to be. */
    default double speed() {
        return get().speed();
    }

    /** Whether a decode hangs in one of them, which nothing but a new process mends. */
    default boolean isStuck() {
        return get().isStuck();
    }
}
