package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import java.util.List;
import java.util.Map;

/**
 * Which languages a request leaves open. Pure.
 *
 * @param candidates at least one, the first is tried first; if it is the only one, nothing has to be detected
 */
record LanguageChoice(List<String> candidates) {
    private static final String AUTO = "auto";
    private static final String MOST_LIKELY = "en";

    LanguageChoice {
        candidates = List.copyOf(candidates);
    }

    /** @param known languages that the model knows; empty if only English */
    static LanguageChoice of(DecodeRequest request, List<String> known) {
        if (known.isEmpty()) {
            return new LanguageChoice(List.of("en"));
        }
        if (!request.language().equals(AUTO)) {
            return new LanguageChoice(List.of(request.language()));
        }
        List<String> allowed =
                request.allowedLanguages().stream().filter(known::contains).toList();
        return new LanguageChoice(allowed.isEmpty() ? known : allowed);
    }

    boolean isOpen() {
        return candidates.size() > 1;
    }

    String first() {
        return candidates.contains(MOST_LIKELY) ? MOST_LIKELY : candidates.getFirst();
    }

    /** The likeliest candidate; its probability is its share among the candidates. */
    Language likeliest(Map<String, Double> probabilities) {
        double sum = 0;
        String best = first();
        for (String candidate : candidates) {
            double probability = probabilities.getOrDefault(candidate, 0.0);
            sum += probability;
            if (probability > probabilities.getOrDefault(best, 0.0)) {
                best = candidate;
            }
        }
        return new Language(best, sum == 0 ? 0 : probabilities.getOrDefault(best, 0.0) / sum, Source.DETECTED);
    }
}
