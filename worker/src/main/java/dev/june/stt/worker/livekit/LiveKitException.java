package dev.june.stt.worker.livekit;

/** A LiveKit server or its client library did not do what we asked. */
public final class LiveKitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Why, sorted by what helps. */
    public enum Reason {
        /** The server refuses the token: wrong key or secret, expired, not for this room. No use to repeat it. */
        REFUSED,
        /** There is no such room. */
        NOT_FOUND,
        /** The server does not answer, or not in time. Whether it did what we asked is unknown. Try again later. */
        UNREACHABLE,
        /** The server answers but joining did not finish in time: overload, or no way for media (UDP) to the server. */
        MEDIA_TIMEOUT,
        /** The server or the library failed at it. Try again later. */
        FAILED
    }

    LiveKitException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    LiveKitException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
