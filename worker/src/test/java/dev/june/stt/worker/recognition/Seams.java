package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript;
import java.util.ArrayList;
import java.util.List;

/** Words that are too many or too few where pieces of long speech meet. */
final class Seams {
    /** A word that was said and not heard, or heard and not said, and when. */
    record Slip(String word, double time, boolean lost) {}

    private Seams() {}

    static List<Slip> slips(List<String> said, List<Transcript.Word> heard) {
        List<String> words = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (Transcript.Word word : heard) {
            for (String each : WordErrors.words(word.text())) {
                words.add(each);
                times.add((word.start() + word.end()) / 2);
            }
        }
        int[][] costs = costs(said, words);
        List<Slip> slips = new ArrayList<>();
        int i = said.size();
        int k = words.size();
        while (i > 0 || k > 0) {
            if (i > 0
                    && k > 0
                    && costs[i][k] == costs[i - 1][k - 1] + (said.get(i - 1).equals(words.get(k - 1)) ? 0 : 1)) {
                i--;
                k--;
            } else if (k > 0 && costs[i][k] == costs[i][k - 1] + 1) {
                k--;
                slips.add(new Slip(words.get(k), times.get(k), false));
            } else {
                i--;
                slips.add(new Slip(said.get(i), times.get(Math.min(k, times.size() - 1)), true));
            }
        }
        return slips.reversed();
    }

    private static int[][] costs(List<String> said, List<String> heard) {
        int[][] costs = new int[said.size() + 1][heard.size() + 1];
        for (int i = 0; i <= said.size(); i++) {
            for (int k = 0; k <= heard.size(); k++) {
                if (i == 0 || k == 0) {
                    costs[i][k] = i + k;
                } else {
                    int replaced = costs[i - 1][k - 1] + (said.get(i - 1).equals(heard.get(k - 1)) ? 0 : 1);
                    costs[i][k] = Math.min(replaced, 1 + Math.min(costs[i - 1][k], costs[i][k - 1]));
                }
            }
        }
        return costs;
    }
}
