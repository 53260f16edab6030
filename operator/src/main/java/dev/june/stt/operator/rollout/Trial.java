package dev.june.stt.operator.rollout;

import java.util.Optional;

/**
 * Remembers the last candidate that worked and the one that was refused after it. A refused candidate is not tried again; another one
 * is. Without a good one there is nothing to go back to, so nothing is refused.
 *
 * @param good worked last
 * @param refused what did not work; present only with {@code good}, and only as long as it is what is wanted
 */
public record Trial(Optional<Candidate> good, Optional<Refused> refused) {
    public static final Trial NEW = new Trial(Optional.empty(), Optional.empty());

    /**
     * A candidate that did not work.
     *
     * @param id of the candidate
     * @param reason in CamelCase, from a fixed set
     * @param message what was wrong and what to do
     */
    public record Refused(String id, String reason, String message) {}

    /** What is known now that the verdict on the wanted candidate is this. */
    public Trial judged(Candidate wanted, Verdict verdict) {
        if (isRefused(wanted)) {
            return this;
        }
        return switch (verdict) {
            case Verdict.Good _ -> new Trial(Optional.of(wanted), Optional.empty());
            case Verdict.Bad(var reason, var message)
            when isOther(wanted) -> new Trial(good, Optional.of(new Refused(wanted.id(), reason, message)));
            case Verdict.Bad _, Verdict.Open _ -> new Trial(good, Optional.empty());
        };
    }

    /** What is to run when this is wanted. */
    public Candidate chosen(Candidate wanted) {
        return isRefused(wanted) ? good.orElse(wanted) : wanted;
    }

    private boolean isRefused(Candidate wanted) {
        return refused.filter(candidate -> candidate.id().equals(wanted.id())).isPresent();
    }

    private boolean isOther(Candidate wanted) {
        return good.filter(candidate -> !candidate.id().equals(wanted.id())).isPresent();
    }
}
