package dev.june.stt.worker.livekit;

/** A room could not be joined. */
public final class JoinException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Why, sorted by what helps. */
    public enum Reason {
        /** The server refuses the token: wrong key or secret, expired, not for this room. Another token may do. */
        REFUSED,
        /** The server does not answer. Try again later. */
        UNREACHABLE,
        /** The server answers but the join did not finish in time: overload, or no way for media (UDP) to the server. */
        TIMEOUT,
        /** The library gave up although the server accepts the token. Try again. */
        FAILED
    }

    JoinException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
