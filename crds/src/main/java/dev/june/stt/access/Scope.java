package dev.june.stt.access;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a caller may do. The same names stand in API key records and in the {@code scope} claim of tokens. */
public enum Scope {
    /** List and inspect dead letters. */
    DEAD_LETTERS_READ("deadletters:read"),
    /** Download what was said in a dead letter. */
    DEAD_LETTERS_AUDIO("deadletters:audio"),
    /** Put dead letters back. */
    DEAD_LETTERS_REPLAY("deadletters:replay"),
    /** Read what a worker is doing, room names and identities included. */
    STATUS_READ("status:read");

    private final String text;

    Scope(String text) {
        this.text = text;
    }

    public static Optional<Scope> of(String text) {
        return Arrays.stream(values()).filter(scope -> scope.text.equals(text)).findFirst();
    }

    /** All of them, for people. */
    public static String list() {
        return Arrays.stream(values()).map(Scope::text).collect(Collectors.joining(", "));
    }

    public String text() {
        return text;
    }
}
