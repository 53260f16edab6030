package dev.june.stt.worker.delivery;

import dev.june.stt.worker.recognition.Recognizer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decodes that this worker began before their utterance came back from the stream. Bounded by the tracks that are being listened to: each
 * has at most one utterance between its pause and its transcript, and {@link #MAX} stops a leak. Any thread.
 */
public final class Speculations {
    private static final int MAX = 10_000;

    private final Map<String, Recognizer.Ticket> tickets = new ConcurrentHashMap<>();

    /** Keeps a decode of exactly the samples that were sealed under this key. */
    public void keep(String key, Recognizer.Ticket ticket) {
        if (tickets.size() < MAX) {
            tickets.put(key, ticket);
        }
    }

    /** What is kept for this key; it stays. */
    Optional<Recognizer.Ticket> find(String key) {
        return Optional.ofNullable(tickets.get(key));
    }

    Optional<Recognizer.Ticket> take(String key) {
        return Optional.ofNullable(tickets.remove(key));
    }
}
