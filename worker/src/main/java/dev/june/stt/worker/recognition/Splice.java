package dev.june.stt.worker.recognition;

import java.util.ArrayList;
import java.util.List;

/**
 * Joins the words of two decodes that overlap in time. Where both heard the same word at the same time, one decode hands over to the
 * other; the seam is the one of these nearest to the cut. Where they agree on nothing, each keeps the words on its side of the cut, and those
 * beyond it where the other one heard nothing: a decode may break off before its audio ends. Pure.
 */
final class Splice {
    private Splice() {}

    /**
     * @param before words of the earlier decode, times from the beginning of the whole audio
     * @param after words of the later decode, on the same clock
     * @param cut seconds
     * @param tolerance words whose middles differ by less than this many seconds may be the same
     */
    static List<SpokenWord> join(List<SpokenWord> before, List<SpokenWord> after, double cut, double tolerance) {
        int lastKept = -1;
        int firstTaken = -1;
        double nearest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < before.size(); i++) {
            for (int k = 0; k < after.size(); k++) {
                double distance = Math.abs(middle(before.get(i)) - cut);
                if (distance < nearest && isSame(before.get(i), after.get(k), tolerance)) {
                    nearest = distance;
                    lastKept = i;
                    firstTaken = k + 1;
                }
            }
        }
        List<SpokenWord> joined = new ArrayList<>();
        if (lastKept >= 0) {
            joined.addAll(before.subList(0, lastKept + 1));
            joined.addAll(after.subList(firstTaken, after.size()));
        } else {
            double heardUntil = before.stream()
                    .filter(word -> middle(word) < cut)
                    .mapToDouble(SpokenWord::end)
                    .max()
                    .orElse(0);
            double heardFrom = after.stream()
                    .filter(word -> middle(word) >= cut)
                    .mapToDouble(SpokenWord::start)
                    .min()
                    .orElse(Double.POSITIVE_INFINITY);
            before.stream()
                    .filter(word -> middle(word) < cut || word.end() <= heardFrom)
                    .forEach(joined::add);
            after.stream()
                    .filter(word -> middle(word) >= cut || word.start() >= heardUntil)
                    .forEach(joined::add);
        }
        return joined;
    }

    private static boolean isSame(SpokenWord a, SpokenWord b, double tolerance) {
        return Math.abs(middle(a) - middle(b)) < tolerance
                && Guards.normalized(a.raw()).equals(Guards.normalized(b.raw()));
    }

    private static double middle(SpokenWord word) {
        return (word.start() + word.end()) / 2;
    }
}
