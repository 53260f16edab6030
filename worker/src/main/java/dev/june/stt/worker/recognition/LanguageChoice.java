package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import java.util.List;
import java.util.Map;

/**
 * Which languages a request leaves open. Pure.
 *
 * @param candidates at least one; if it is the only one, nothing has to be detected
 * @param language how the only one came to be known; of no meaning before
 */
record LanguageChoice(List<String> candidates, Language language) {
    private static final String MOST_LIKELY = "en";

    LanguageChoice {
        candidates = List.copyOf(candidates);
    }

    /** @param known languages that the model knows; empty if only English */
    static LanguageChoice of(DecodeRequest request, List<String> known) {
        if (known.isEmpty()) {
            return declared(List.of(MOST_LIKELY));
        }
        if (!request.language().equals(LanguagePolicy.AUTO)) {
            return declared(List.of(request.language()));
        }
        List<String> allowed =
                request.allowedLanguages().stream().filter(known::contains).toList();
        return declared(allowed.isEmpty() ? known : allowed);
    }

    private static LanguageChoice declared(List<String> candidates) {
        return new LanguageChoice(candidates, new Language(candidates.getFirst(), null, Source.DECLARED));
    }

    /** Nothing is open any more. */
    LanguageChoice settled(Language language) {
        return new LanguageChoice(List.of(language.code()), language);
    }

    boolean isOpen() {
        return candidates.size() > 1;
    }

    /** The one to try first. */
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
