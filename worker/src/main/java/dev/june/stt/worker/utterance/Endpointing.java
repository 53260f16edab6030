package dev.june.stt.worker.utterance;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.utterance.UtteranceEffect.Ended;
import dev.june.stt.worker.utterance.UtteranceEffect.Opened;
import dev.june.stt.worker.utterance.UtteranceEffect.PartialDue;
import dev.june.stt.worker.utterance.UtteranceEffect.Paused;
import dev.june.stt.worker.utterance.UtteranceEffect.Resumed;
import dev.june.stt.worker.utterance.UtteranceEffect.SpeechEvidence;
import dev.june.stt.worker.utterance.UtteranceEvent.Closed;
import dev.june.stt.worker.utterance.UtteranceEvent.Heard;
import dev.june.stt.worker.utterance.UtteranceState.Cut;
import dev.june.stt.worker.utterance.UtteranceState.Open;
import dev.june.stt.worker.utterance.UtteranceState.Rising;
import dev.june.stt.worker.utterance.UtteranceState.Silent;
import dev.june.stt.worker.utterance.UtteranceState.Speaking;
import dev.june.stt.worker.utterance.UtteranceState.Trailing;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides when an utterance begins and ends. Pure: the same state, event and rules give the same step; time is the position in the
 * track and comes in with the event. What holds over any sequence of events (EndpointingProperties tests it): every {@link Opened} is
 * followed by exactly one {@link Ended} before the next {@code Opened}, no sample belongs to two utterances, and speech of at least
 * {@code minSpeech} belongs to one.
 */
public final class Endpointing {
    /** Weight of the newest window when looking for the quietest moment: about 200 ms of smoothing. */
    private static final double QUIET_SMOOTHING = 0.2;

    private Endpointing() {}

    public static Step step(UtteranceState state, UtteranceEvent event, EndpointRules rules) {
        return switch (event) {
            case Heard heard -> heard(state, heard, rules);
            case Closed closed -> close(state, closed, rules);
        };
    }

    private static Step heard(UtteranceState state, Heard heard, EndpointRules rules) {
        return switch (state) {
            case Silent(long floor)
            when heard.probability() >= rules.enter() ->
                rising(new Rising(floor, heard.start(), heard.start(), SpeechEvidence.NONE), heard, rules);
            case Silent silent -> Step.to(silent);
            case Rising rising when heard.probability() >= rules.exit() -> rising(rising, heard, rules);
            case Rising rising
            when heard.end() - rising.speechEnd() >= rules.endSilence() -> Step.to(new Silent(rising.floor()));
            case Rising rising -> Step.to(rising);
            case Speaking(Open open)
            when heard.probability() >= rules.exit() -> speaking(open, heard, rules, List.of());
            case Speaking(Open open) -> trailing(open, false, heard, rules);
            case Trailing(Open open, boolean paused)
            when heard.probability() >= rules.enter() ->
                speaking(open, heard, rules, paused ? List.of(new Resumed()) : List.of());
            case Trailing(Open open, boolean paused) -> trailing(open, paused, heard, rules);
        };
    }

    /** Speech that is not yet an utterance, and becomes one when it is long or clear enough. */
    private static Step rising(Rising rising, Heard heard, EndpointRules rules) {
        SpeechEvidence evidence = rising.evidence().plus(heard.end() - heard.start(), heard.probability());
        boolean enough = evidence.voiced() >= rules.minSpeech()
                || evidence.voiced() >= rules.clearSpeech() && evidence.meanProbability() >= rules.clearProbability();
        if (!enough) {
            return Step.to(new Rising(rising.floor(), rising.speechStart(), heard.end(), evidence));
        }
        long from = Math.max(rising.floor(), rising.speechStart() - rules.preRoll());
        Open open = new Open(from, rising.speechStart(), heard.end(), evidence, rising.speechStart(), 1, Cut.NONE);
        return Step.to(new Speaking(open), new Opened(from));
    }

    private static Step speaking(Open open, Heard heard, EndpointRules rules, List<UtteranceEffect> before) {
        Open longer = withWindow(open, heard, rules, true);
        if (heard.end() - longer.from() >= rules.maxUtterance()) {
            return cut(longer, heard, before);
        }
        List<UtteranceEffect> effects = new ArrayList<>(before);
        long unseen = heard.end() - longer.shownUntil();
        boolean first = longer.shownUntil() == longer.speechStart();
        if (rules.partialInterval() > 0 && unseen >= (first ? rules.firstPartial() : rules.partialInterval())) {
            effects.add(new PartialDue(longer.from(), heard.end()));
            longer = new Open(
                    longer.from(),
                    longer.speechStart(),
                    longer.speechEnd(),
                    longer.evidence(),
                    heard.end(),
                    longer.quiet(),
                    longer.cut());
        }
        return new Step(new Speaking(longer), effects);
    }

    private static Step trailing(Open open, boolean paused, Heard heard, EndpointRules rules) {
        Open longer = withWindow(open, heard, rules, false);
        long silence = heard.end() - longer.speechEnd();
        if (silence >= rules.endSilence()) {
            return end(longer, heard.end(), EndReason.SILENCE, rules);
        }
        if (heard.end() - longer.from() >= rules.maxUtterance()) {
            return end(longer, heard.end(), EndReason.MAX_LENGTH, rules);
        }
        if (!paused && silence >= rules.postRoll()) {
            long to = Math.min(heard.end(), longer.speechEnd() + rules.postRoll());
            return Step.to(new Trailing(longer, true), new Paused(longer.from(), to, longer.evidence()));
        }
        return Step.to(new Trailing(longer, paused));
    }

    private static Step close(UtteranceState state, Closed closed, EndpointRules rules) {
        return switch (state) {
            case Silent silent -> Step.to(silent);
            case Rising rising -> Step.to(new Silent(rising.floor()));
            case Speaking(Open open) -> end(open, closed.at(), closed.reason(), rules);
            case Trailing(Open open, boolean _) -> end(open, closed.at(), closed.reason(), rules);
        };
    }

    /** The audio after the last speech belongs to the utterance only as far as the post-roll reaches. */
    private static Step end(Open open, long at, EndReason reason, EndpointRules rules) {
        long to = Math.min(at, open.speechEnd() + rules.postRoll());
        return Step.to(
                new Silent(to),
                new Ended(open.from(), to, open.speechStart(), open.speechEnd(), reason, open.evidence()));
    }

    /** Speech that goes on: this utterance ends at its quietest moment, the next one begins there. */
    private static Step cut(Open open, Heard heard, List<UtteranceEffect> before) {
        Cut cut = open.cut();
        List<UtteranceEffect> effects = new ArrayList<>(before);
        effects.add(
                new Ended(open.from(), cut.at(), open.speechStart(), cut.at(), EndReason.MAX_LENGTH, cut.evidence()));
        effects.add(new Opened(cut.at()));
        SpeechEvidence rest = new SpeechEvidence(
                open.evidence().voiced() - cut.evidence().voiced(),
                open.evidence().probabilitySum() - cut.evidence().probabilitySum());
        Open next = new Open(cut.at(), cut.at(), heard.end(), rest, cut.at(), 1, Cut.NONE);
        return new Step(new Speaking(next), effects);
    }

    private static Open withWindow(Open open, Heard heard, EndpointRules rules, boolean speech) {
        SpeechEvidence evidence =
                speech ? open.evidence().plus(heard.end() - heard.start(), heard.probability()) : open.evidence();
        double quiet = open.quiet() + QUIET_SMOOTHING * (heard.probability() - open.quiet());
        long length = heard.end() - open.from();
        // What is left for the next utterance is at least minSpeech long, so that it is not taken for a noise.
        boolean nearTheEnd = length >= rules.maxUtterance() - rules.cutSearch()
                && length <= rules.maxUtterance() - rules.minSpeech();
        Cut cut = nearTheEnd && quiet < open.cut().probability() ? new Cut(heard.end(), quiet, evidence) : open.cut();
        return new Open(
                open.from(),
                open.speechStart(),
                speech ? heard.end() : open.speechEnd(),
                evidence,
                open.shownUntil(),
                quiet,
                cut);
    }
}
