package dev.june.stt.worker.dispatch;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What came of one attempt.
 *
 * @param explanation for people; nothing that the receiver wrote, which might repeat what was spoken
 * @param retryAfter what the receiver asked for
 */
record Answer(Kind kind, String explanation, Optional<Duration> retryAfter) {
    /** The kinds are label values and reasons of dead letters. */
    enum Kind {
        /** 2xx: the receiver has it. */
        ACCEPTED,
        /** 410: the receiver wants nothing any more. */
        GONE,
        /** 3xx: never followed, or a signed transcript would go where nobody said it may. */
        REDIRECTED,
        /** 429. */
        THROTTLED,
        /** Any other 4xx. */
        REFUSED,
        /** 5xx, or a status that HTTP does not know. */
        SERVER_ERROR,
        /** No answer in time. */
        TIMEOUT,
        /** The name has no address. */
        UNKNOWN_HOST,
        /** Every address is private, and those are not allowed. */
        PRIVATE_ADDRESS,
        /** No trust: the certificate, or the name in it. */
        TLS,
        /** Refused, reset, or ended in the middle. */
        CONNECTION;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Answer of(Kind kind, String explanation) {
        return new Answer(kind, explanation, Optional.empty());
    }

    static Answer ofStatus(int status, Optional<Duration> retryAfter) {
        Kind kind = switch (status / 100) {
            case 2 -> Kind.ACCEPTED;
            case 3 -> Kind.REDIRECTED;
            case 4 ->
                switch (status) {
                    case 410 -> Kind.GONE;
                    case 429 -> Kind.THROTTLED;
                    default -> Kind.REFUSED;
                };
            default -> Kind.SERVER_ERROR;
        };
        return new Answer(kind, "status " + status, retryAfter);
    }
}
