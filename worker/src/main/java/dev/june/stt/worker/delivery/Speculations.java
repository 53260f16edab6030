package dev.june.stt.worker.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.worker.recognition.Recognizer;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Decodes that this worker began before their utterance came back from the stream, by the utterance's key. Each track has at most one
 * utterance between its pause and its transcript; those that never come back, because another worker decoded them after all, go when
 * {@link #MAX} newer ones are there. Any thread.
 */
public final class Speculations {
    static final int MAX = 1_000;

    @GuardedBy("this")
    private final SequencedMap<String, Recognizer.Ticket> tickets = new LinkedHashMap<>();

    /** Keeps a decode of exactly the samples that were sealed under this key. */
    public synchronized void keep(String key, Recognizer.Ticket ticket) {
        tickets.put(key, ticket);
        if (tickets.size() > MAX) {
            tickets.pollFirstEntry().getValue().cancel();
        }
    }

    /** What is kept for this key; it stays. */
    synchronized Optional<Recognizer.Ticket> find(String key) {
        return Optional.ofNullable(tickets.get(key));
    }

    synchronized Optional<Recognizer.Ticket> take(String key) {
        return Optional.ofNullable(tickets.remove(key));
    }
}
