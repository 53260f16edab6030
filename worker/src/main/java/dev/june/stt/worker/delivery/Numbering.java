package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Keys;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Numbers the utterances of a participant: one number within the track, which makes the utterance's id, and one within the participant,
 * which lets receivers see gaps. The last numbers are in the pipeline's KV bucket, so that a worker that takes a room over goes on where
 * the last one stopped. Numbers are drawn when an utterance is sealed, by compare-and-set: of two workers that both believe they own a
 * room only one gets a number. While NATS is away numbers go on in memory, and the bucket catches up.
 */
public final class Numbering {
    private static final Logger log = LoggerFactory.getLogger(Numbering.class);

    /** Tracks remembered of a participant; one that publishes more in its life starts no track anew. */
    private static final int MAX_TRACKS = 16;

    private static final int MAX_ATTEMPTS = 5;

    private final BooleanSupplier connected;
    private final Supplier<KeyValue> bucket;
    private final JsonMapper json;

    /** @param connected whether it is worth asking the server */
    public Numbering(BooleanSupplier connected, Supplier<KeyValue> bucket, JsonMapper json) {
        this.connected = connected;
        this.bucket = bucket;
        this.json = json;
    }

    /** The numbers of one participant, read from the bucket if it answers. May wait for the server. */
    public ParticipantNumbers open(String room, String identity) {
        return new ParticipantNumbers(Keys.participant(room, identity));
    }

    /** Forgets the participants of a room that is over, this worker's and any earlier one's. */
    public void forgetRoom(String room) {
        try {
            for (String key : bucket.get().keys(Keys.participantsOf(room))) {
                bucket.get().purge(key);
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("the numbers of a room that is over could not be removed ({})", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the bucket holds for a participant. */
    record Numbers(long sequence, Map<String, Long> tracks) {
        static final Numbers NONE = new Numbers(0, Map.of());

        Numbers {
            tracks = new LinkedHashMap<>(tracks);
        }

        long lastOf(String track) {
            return tracks.getOrDefault(track, 0L);
        }

        Numbers after(String track, long number) {
            Map<String, Long> later = new LinkedHashMap<>(tracks);
            later.remove(track);
            later.put(track, number);
            while (later.size() > MAX_TRACKS) {
                later.remove(later.keySet().iterator().next());
            }
            return new Numbers(sequence + 1, later);
        }

        /** Two views of the same participant; numbers never go back. */
        Numbers mergedWith(Numbers other) {
            Map<String, Long> merged = new LinkedHashMap<>(tracks);
            other.tracks.forEach((track, number) -> merged.merge(track, number, Math::max));
            return new Numbers(Math.max(sequence, other.sequence), merged);
        }
    }

    /** An utterance's numbers. */
    public record Assigned(long inTrack, long sequence) {}

    /** One participant's numbers. Any thread; calls wait for each other. */
    public final class ParticipantNumbers {
        private final String key;
        private Numbers numbers = Numbers.NONE;
        private long revision;

        private ParticipantNumbers(String key) {
            this.key = key;
            refresh();
        }

        /** What the next utterance of the track will probably be numbered; for partials. */
        public synchronized long expected(String track) {
            return numbers.lastOf(track) + 1;
        }

        /** Draws the numbers of an utterance that is being sealed. Waits for the server, up to a few seconds if it is away. */
        public synchronized Assigned next(String track) {
            for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
                Numbers drawn = numbers.after(track, numbers.lastOf(track) + 1);
                Stored stored = store(drawn);
                if (stored == Stored.CONFLICT) {
                    refresh();
                    continue;
                }
                numbers = drawn;
                break;
            }
            return new Assigned(numbers.lastOf(track), numbers.sequence());
        }

        private Stored store(Numbers drawn) {
            if (!connected.getAsBoolean()) {
                return Stored.UNKNOWN;
            }
            try {
                byte[] value = json.writeValueAsBytes(drawn);
                revision = revision == 0
                        ? bucket.get().create(key, value)
                        : bucket.get().update(key, value, revision);
                return Stored.YES;
            } catch (JetStreamApiException e) {
                log.warn("somebody else numbers this participant too: reading its numbers again ({})", e.getMessage());
                return Stored.CONFLICT;
            } catch (IOException | IllegalStateException e) {
                log.warn("numbers go on in memory, NATS does not answer ({})", e.toString());
                return Stored.UNKNOWN;
            }
        }

        private void refresh() {
            try {
                @Nullable KeyValueEntry entry = bucket.get().get(key);
                if (entry == null || entry.getValue() == null) {
                    revision = 0;
                } else {
                    revision = entry.getRevision();
                    numbers = numbers.mergedWith(json.readValue(entry.getValue(), Numbers.class));
                }
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                log.warn("the numbers of a participant could not be read ({})", e.toString());
            } catch (JacksonException e) {
                log.error(
                        "the numbers of a participant are not readable and are written anew ({})",
                        e.getOriginalMessage());
            }
        }
    }

    private enum Stored {
        YES,
        CONFLICT,
        UNKNOWN
    }
}
