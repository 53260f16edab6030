package dev.june.stt.worker.utterance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.utterance.UtteranceEffect.Ended;
import dev.june.stt.worker.utterance.UtteranceEffect.Opened;
import dev.june.stt.worker.utterance.UtteranceEffect.Paused;
import dev.june.stt.worker.utterance.UtteranceEffect.Resumed;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds whatever a participant does. */
class EndpointingProperties {
    /** A stretch of sound, or the end of whatever is being said. */
    record Stretch(
            long millis,
            double probability,
            @org.jspecify.annotations.Nullable EndReason closedBy) {}

    @Provide
    Arbitrary<List<Stretch>> stories() {
        Arbitrary<Stretch> sound = Arbitraries.longs()
                .between(1, 40_000)
                .flatMap(millis -> Arbitraries.doubles()
                        .between(0, 1)
                        .edgeCases(edges -> edges.add(0.35, 0.5, 0.8))
                        .map(probability -> new Stretch(millis, probability, null)));
        Arbitrary<Stretch> close = Arbitraries.of(EndReason.values()).map(reason -> new Stretch(0, 0, reason));
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(6, sound), net.jqwik.api.Tuple.of(1, close))
                .list()
                .ofMaxSize(40);
    }

    private static Played play(List<Stretch> story) {
        Played played = Played.play();
        for (Stretch stretch : story) {
            if (stretch.closedBy() != null) {
                played.close(stretch.closedBy());
            } else {
                played.speech(stretch.millis(), stretch.probability());
            }
        }
        return played.close(EndReason.PARTICIPANT_LEFT);
    }

    @Property
    void everyOpenedUtteranceEndsExactlyOnceBeforeTheNextOpens(@ForAll("stories") List<Stretch> story) {
        boolean open = false;
        for (UtteranceEffect effect : play(story).effects()) {
            switch (effect) {
                case Opened _ -> {
                    assertThat(open).as("opened while open").isFalse();
                    open = true;
                }
                case Ended _ -> {
                    assertThat(open).as("ended while open").isTrue();
                    open = false;
                }
                default -> assertThat(open).as(effect + " while open").isTrue();
            }
        }
        assertThat(open).as("open at the end").isFalse();
    }

    @Property
    void noSampleBelongsToTwoUtterancesAndNoneIsLongerThanAllowed(@ForAll("stories") List<Stretch> story) {
        long end = 0;
        for (Ended ended : play(story).effects(Ended.class)) {
            assertThat(ended.from()).isGreaterThanOrEqualTo(end);
            assertThat(ended.to()).isGreaterThan(ended.from());
            assertThat(ended.to() - ended.from()).isLessThanOrEqualTo(Played.RULES.maxUtterance() + Played.WINDOW);
            assertThat(ended.speechStart()).isBetween(ended.from(), ended.to());
            end = ended.to();
        }
    }

    @Property
    void speechLongerThanMinSpeechBelongsToUtterances(@ForAll("stories") List<Stretch> story) {
        List<Ended> utterances = play(story).effects(Ended.class);
        for (long[] speech : clearSpeech(story)) {
            long covered = utterances.stream()
                    .mapToLong(each -> Math.max(0, Math.min(each.to(), speech[1]) - Math.max(each.from(), speech[0])))
                    .sum();
            assertThat(covered)
                    .as("speech from %d to %d in %s", speech[0], speech[1], utterances)
                    .isEqualTo(speech[1] - speech[0]);
        }
    }

    @Property
    void aPauseIsEitherTakenBackOrBecomesTheUtterance(@ForAll("stories") List<Stretch> story) {
        List<UtteranceEffect> effects = new ArrayList<>(play(story).effects());
        for (int i = 0; i < effects.size(); i++) {
            if (effects.get(i) instanceof Paused paused) {
                UtteranceEffect next = effects.get(i + 1);
                if (next instanceof Ended ended) {
                    assertThat(ended.to()).isEqualTo(paused.to());
                    assertThat(ended.from()).isEqualTo(paused.from());
                } else {
                    assertThat(next).isInstanceOf(Resumed.class);
                }
            }
        }
    }

    /** Stretches well above the threshold and longer than minSpeech, merged where they touch; a close separates them. */
    private static List<long[]> clearSpeech(List<Stretch> story) {
        List<long[]> found = new ArrayList<>();
        long position = 0;
        for (Stretch stretch : story) {
            if (stretch.closedBy() != null) {
                continue;
            }
            long windows = (Played.ms(stretch.millis()) + Played.WINDOW - 1) / Played.WINDOW;
            long end = position + windows * Played.WINDOW;
            if (stretch.probability() >= Played.RULES.enter()
                    && end - position >= Played.RULES.minSpeech() + Played.WINDOW) {
                found.add(new long[] {position, end});
            }
            position = end;
        }
        return found;
    }
}
