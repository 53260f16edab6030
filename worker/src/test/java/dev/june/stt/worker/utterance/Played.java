package dev.june.stt.worker.utterance;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.audio.Pcm;
import dev.june.stt.worker.utterance.UtteranceEvent.Closed;
import dev.june.stt.worker.utterance.UtteranceEvent.Heard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A track told as a story: so much speech, so much silence; keeps the effects in order. */
final class Played {
    static final int WINDOW = 512;
    static final EndpointRules RULES = new EndpointRules(
            0.5, 0.35, ms(250), ms(120), 0.8, ms(600), ms(400), ms(200), ms(25_000), ms(1_000), ms(800), ms(3_000));

    private final List<UtteranceEffect> effects = new ArrayList<>();
    private UtteranceState state = UtteranceState.initial();
    private long position;

    static Played play() {
        return new Played();
    }

    static long ms(long millis) {
        return Pcm.samples(Duration.ofMillis(millis));
    }

    Played speech(long millis) {
        return speech(millis, 0.9);
    }

    Played silence(long millis) {
        return speech(millis, 0.05);
    }

    Played speech(long millis, double probability) {
        for (long left = ms(millis); left > 0; left -= WINDOW) {
            apply(new Heard(position, position + WINDOW, probability));
            position += WINDOW;
        }
        return this;
    }

    Played close(EndReason reason) {
        apply(new Closed(position, reason));
        return this;
    }

    UtteranceState state() {
        return state;
    }

    List<UtteranceEffect> effects() {
        return effects;
    }

    <T extends UtteranceEffect> List<T> effects(Class<T> type) {
        return effects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends UtteranceEffect> T only(Class<T> type) {
        List<T> found = effects(type);
        if (found.size() != 1) {
            throw new AssertionError("expected one " + type.getSimpleName() + ", got " + effects);
        }
        return found.getFirst();
    }

    private void apply(UtteranceEvent event) {
        Step step = Endpointing.step(state, event, RULES);
        state = step.next();
        effects.addAll(step.effects());
    }
}
