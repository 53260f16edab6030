package dev.june.stt.worker.recognition;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Word error rate: words to insert, delete or replace to get from what was heard to what was said, over the words said. */
public record WordErrors(int errors, int words) {
    /** The same word, spelt in two ways by the references and the model. */
    private static final Map<String, String> SPELLINGS = Map.ofEntries(
            Map.entry("mister", "mr"),
            Map.entry("ten", "10"),
            Map.entry("concorde", "concord"),
            Map.entry("metres", "meters"),
            Map.entry("eighteen thirteen", "1813"));

    static final WordErrors NONE = new WordErrors(0, 0);

    public static WordErrors of(String said, String heard) {
        List<String> expected = words(said);
        List<String> actual = words(heard);
        int[] costs = new int[actual.size() + 1];
        Arrays.setAll(costs, i -> i);
        for (int i = 1; i <= expected.size(); i++) {
            int diagonal = costs[0];
            costs[0] = i;
            for (int k = 1; k <= actual.size(); k++) {
                int replaced = diagonal + (expected.get(i - 1).equals(actual.get(k - 1)) ? 0 : 1);
                diagonal = costs[k];
                costs[k] = Math.min(replaced, 1 + Math.min(costs[k], costs[k - 1]));
            }
        }
        return new WordErrors(costs[actual.size()], expected.size());
    }

    WordErrors plus(WordErrors other) {
        return new WordErrors(errors + other.errors, words + other.words);
    }

    public double rate() {
        return errors / (double) words;
    }

    static List<String> words(String text) {
        String normalized = Guards.normalized(text);
        for (Map.Entry<String, String> spelling : SPELLINGS.entrySet()) {
            normalized = (" " + normalized + " ")
                    .replace(" " + spelling.getKey() + " ", " " + spelling.getValue() + " ")
                    .strip();
        }
        return List.of(normalized.split(" ", -1));
    }
}
