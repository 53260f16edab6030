package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes partials fit to be shown: words that two decodes in a row agree on become stable and are never taken back, the rest may still
 * change. This is LocalAgreement with two hypotheses (whisper_streaming). For show only: of the words that became stable, 6.6 % were not in
 * the final, which is a fresh decode. Immutable; begins anew with each utterance.
 *
 * @param stable words that were shown as stable
 * @param tail what the decode before heard after them
 * @param shown the newest partial
 */
public record PartialStabilizer(List<String> stable, List<String> tail, Shown shown) {
    /** Of an utterance that nothing was decoded of. */
    public static final PartialStabilizer EMPTY = new PartialStabilizer(List.of(), List.of(), new Shown("", ""));

    public PartialStabilizer {
        stable = List.copyOf(stable);
        tail = List.copyOf(tail);
    }

    /** A partial as it is shown; one text follows the other, with a space between if the language writes one. */
    public record Shown(String stable, String unstable) {}

    /** What is known after a decode, and the partial to send; none if nothing has changed. */
    public record Step(PartialStabilizer next, Optional<Shown> partial) {}

    /** Takes what was heard of the utterance so far, from its beginning. */
    public Step heard(Recognition.Text text) {
        List<String> words = raws(text);
        List<String> rest = words.subList(endOfStable(words), words.size());
        int agreed = 0;
        while (agreed < Math.min(tail.size(), rest.size()) && same(tail.get(agreed), rest.get(agreed))) {
            agreed++;
        }
        List<String> nowStable = new ArrayList<>(stable);
        nowStable.addAll(rest.subList(0, agreed));
        List<String> nowTail = rest.subList(agreed, rest.size());
        Shown now = new Shown(joined(nowStable), joined(nowTail));
        if (now.equals(shown) || now.equals(EMPTY.shown)) {
            return new Step(new PartialStabilizer(nowStable, nowTail, shown), Optional.empty());
        }
        return new Step(new PartialStabilizer(nowStable, nowTail, now), Optional.of(now));
    }

    /** How many of the words stand for the stable ones: the beginning of them that is most like those, the longest if several are. */
    private int endOfStable(List<String> words) {
        int[] costs = new int[words.size() + 1]; // of turning the stable words into the first i words
        for (int i = 0; i <= words.size(); i++) {
            costs[i] = i;
        }
        for (int k = 1; k <= stable.size(); k++) {
            int diagonal = costs[0];
            costs[0] = k;
            for (int i = 1; i <= words.size(); i++) {
                int replaced = diagonal + (same(stable.get(k - 1), words.get(i - 1)) ? 0 : 1);
                diagonal = costs[i];
                costs[i] = Math.min(replaced, 1 + Math.min(costs[i], costs[i - 1]));
            }
        }
        int best = 0;
        for (int i = 1; i <= words.size(); i++) {
            if (costs[i] <= costs[best]) {
                best = i;
            }
        }
        return best;
    }

    private static boolean same(String a, String b) {
        return Guards.normalized(a).equals(Guards.normalized(b));
    }

    /** The text cut into words, each with the space before it. */
    private static List<String> raws(Recognition.Text text) {
        List<String> raws = new ArrayList<>();
        int from = 0;
        for (Transcript.Word word : text.words()) {
            int to = text.text().indexOf(word.text(), from) + word.text().length();
            raws.add(text.text().substring(from, to));
            from = to;
        }
        return raws;
    }

    private static String joined(List<String> raws) {
        return String.join("", raws).strip();
    }
}
