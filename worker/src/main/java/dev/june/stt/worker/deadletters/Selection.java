package dev.june.stt.worker.deadletters;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which dead letters are meant; what is absent does not restrict.
 *
 * @param since stored at this moment or later
 * @param until stored before this moment
 * @param from the first sequence
 * @param to the last sequence
 */
record Selection(
        @Nullable String stage,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable Instant until,
        long from,
        long to) {
    boolean includes(DeadLetter letter) {
        return (reason == null || reason.equals(letter.reason()))
                && (stage == null || stage.equals(letter.stage()))
                && (since == null || !letter.time().isBefore(since))
                && letter.sequence() >= from
                && !isBehind(letter);
    }

    /** Nothing that comes after this one is meant: sequence and time rise together. */
    boolean isBehind(DeadLetter letter) {
        return letter.sequence() > to || until != null && !letter.time().isBefore(until);
    }
}
