package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import java.util.List;
import java.util.Optional;

/**
 * Which language a participant speaks: declared by the configuration, else locked once it was heard clearly, else detected in each
 * request. What is known of one participant is a {@link Known}; its owner asks {@link #request} before a decode and keeps what {@link
 * #after} gives. Pure.
 *
 * <pre>
 *   not known ──detected on 3 s of speech, p ≥ 0.6──▶ locked ──two doubtful finals──▶ locked, doubted
 *                                                       ▲ ◀──── same language, or unsure ──── │
 *                                                       └── another one, p ≥ 0.9, good words ─┘
 * </pre>
 *
 * The base model was right on 10 of 10 clips in other languages than English with 3 s of speech, on 7 with 2 s and on 2 with 1 s.
 *
 * @param declared ISO 639-1 code, or {@code auto}
 * @param allowed with {@code auto}: the candidates; empty means all
 */
public record LanguagePolicy(String declared, List<String> allowed) {
    public static final String AUTO = "auto";

    private static final double MIN_VOICED_SECONDS = 3;
    private static final double MIN_PROBABILITY_TO_LOCK = 0.6;
    private static final double MIN_PROBABILITY_TO_SWITCH = 0.9;
    private static final double DOUBTFUL_LOG_PROBABILITY = -0.8;
    private static final int DOUBTFUL_FINALS = 2;

    public LanguagePolicy {
        allowed = List.copyOf(allowed);
    }

    /**
     * What is known of one participant.
     *
     * @param locked the language, once it is settled
     * @param doubtfulFinals in a row, since it was locked
     */
    public record Known(Optional<Language> locked, int doubtfulFinals) {
        /** Of somebody who has not spoken yet. */
        public static final Known NOTHING = new Known(Optional.empty(), 0);

        private static Known locked(Language language) {
            return new Known(Optional.of(new Language(language.code(), language.probability(), Source.LOCKED)), 0);
        }

        private boolean isDoubted() {
            return doubtfulFinals >= DOUBTFUL_FINALS;
        }
    }

    /** The language to decode with, or {@code auto}. Doubts are looked into only with enough speech to settle them. */
    public String request(Known known, double voicedSeconds) {
        if (!declared.equals(AUTO)) {
            return declared;
        }
        boolean look = known.isDoubted() && voicedSeconds >= MIN_VOICED_SECONDS;
        return known.locked().filter(_ -> !look).map(Language::code).orElse(AUTO);
    }

    /**
     * What is known after a decode.
     *
     * @param isFinal partials can settle the language but raise no doubts
     */
    public Known after(Known known, Recognition.Text text, double voicedSeconds, boolean isFinal) {
        if (!declared.equals(AUTO)) {
            return known;
        }
        if (text.language().source() == Source.DETECTED) {
            return voicedSeconds < MIN_VOICED_SECONDS ? known : settled(known, text);
        }
        if (!isFinal) {
            return known;
        }
        boolean doubtful = text.meanLogProbability() < DOUBTFUL_LOG_PROBABILITY;
        return new Known(known.locked(), doubtful ? known.doubtfulFinals() + 1 : 0);
    }

    private static Known settled(Known known, Recognition.Text text) {
        Language heard = text.language();
        double probability = heard.probability() == null ? 0 : heard.probability();
        if (known.locked().isEmpty()) {
            return probability >= MIN_PROBABILITY_TO_LOCK ? Known.locked(heard) : known;
        }
        boolean another = !heard.code().equals(known.locked().get().code());
        boolean strong =
                probability >= MIN_PROBABILITY_TO_SWITCH && text.meanLogProbability() >= DOUBTFUL_LOG_PROBABILITY;
        return another && strong ? Known.locked(heard) : new Known(known.locked(), 0);
    }

    /** The language as it stands in the message: whether it was declared, locked or detected just now. */
    public Language reported(Known before, Recognition.Text text) {
        boolean decodedAsLocked = declared.equals(AUTO) && text.language().source() != Source.DETECTED;
        return before.locked()
                .filter(locked ->
                        decodedAsLocked && locked.code().equals(text.language().code()))
                .orElse(text.language());
    }
}
