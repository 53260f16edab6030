package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Keys;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Numbers the utterances of a participant: one number within the track, which makes the utterance's id, and one within the participant,
 * which lets receivers see gaps. The last numbers are in the pipeline's KV bucket and are drawn there by compare-and-set when an utterance
 * is appended: a worker that takes a room over goes on where the last one stopped, two workers never draw the same number, and an
 * utterance that is appended again after a crash gets the number that it had. Any thread.
 */
public final class Numbering {
    private static final Logger log = LoggerFactory.getLogger(Numbering.class);

    /** A transcript is stored later than its number is drawn, so the numbers have to outlive it. */
    private static final Duration MARGIN = Duration.ofDays(1);

    private final ExpiringKeys keys;
    private final Tenures tenures;
    private final Duration life;
    private final JsonMapper json;

    /**
     * @param life how long transcripts are kept: the numbers of a participant that says nothing are kept a day longer, so that no number
     *     is given twice while the first transcript of that number is there
     */
    public Numbering(ExpiringKeys keys, Duration life, JsonMapper json) {
        this.keys = keys;
        this.tenures = new Tenures(keys);
        this.life = life.plus(MARGIN);
        this.json = json;
    }

    /** The id of a track's utterance: ordered as text, the same however often it is computed. */
    public static String id(String track, long number) {
        return "%s-%06d".formatted(track, number);
    }

    /**
     * An utterance's numbers.
     *
     * @param by the worker that heard it
     */
    record Assigned(long inTrack, long sequence, String by) {}

    /**
     * Whether a worker that owns the room more rightly hears the same speech.
     *
     * @throws IOException if the server gives no answer: ask again
     */
    boolean isSuperseded(SealedUtterance.Header utterance) throws IOException, JetStreamApiException {
        return tenures.isSuperseded(utterance);
    }

    /**
     * Draws the numbers of an utterance, or finds those that it has.
     *
     * @throws IOException if the server gives no answer: ask again
     * @throws JetStreamApiException if the server refuses: ask again, later
     */
    Assigned assign(SealedUtterance.Header utterance) throws IOException, JetStreamApiException {
        String key = Keys.participant(
                utterance.origin().room(), utterance.origin().participant().identity());
        while (true) {
            ExpiringKeys.Found found = keys.read(key);
            Numbers numbers = read(found);
            Assigned known = numbers.recent().get(utterance.key());
            if (known != null) {
                return known;
            }
            Numbers drawn =
                    numbers.withOneMore(utterance.key(), utterance.origin().track(), utterance.heardBy());
            if (keys.write(key, json.writeValueAsBytes(drawn), found.revision(), life)
                    .isPresent()) {
                return drawn.lastDrawn();
            }
        }
    }

    /** The number of a track's last utterance, or 0: what is known when a track is first heard. Waits for the server, or gives up. */
    public long last(String room, String identity, String track) {
        try {
            return read(keys.read(Keys.participant(room, identity))).tracks().getOrDefault(track, 0L);
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn(
                    "the number of a track's last utterance is not known; its partials may be numbered wrongly ({})",
                    e.toString());
            return 0;
        }
    }

    private Numbers read(ExpiringKeys.Found found) throws IOException {
        if (found.value().isEmpty()) {
            return Numbers.NONE;
        }
        try {
            return json.readValue(found.value().get(), Numbers.class);
        } catch (JacksonException e) {
            // To begin anew would give numbers that transcripts have, and the server would refuse the new ones.
            throw new IOException("the numbers of a participant are not readable; remove their key from the bucket", e);
        }
    }

    /**
     * What the bucket holds for a participant.
     *
     * @param sequence the last number within the participant
     * @param tracks the last number within each track
     * @param recent what the last utterances got, by key, oldest first
     */
    record Numbers(long sequence, Map<String, Long> tracks, Map<String, Assigned> recent) {
        static final Numbers NONE = new Numbers(0, Map.of(), Map.of());

        /** Tracks remembered; a participant that publishes more of them starts none of the old ones anew. */
        private static final int MAX_TRACKS = 16;

        /** About what fits on a spool segment, which is read again as a whole if the machine crashes. */
        private static final int MAX_RECENT = 96;

        Numbers {
            tracks = new LinkedHashMap<>(tracks);
            recent = new LinkedHashMap<>(recent);
        }

        Numbers withOneMore(String key, String track, String by) {
            Assigned drawn = new Assigned(tracks.getOrDefault(track, 0L) + 1, sequence + 1, by);
            Map<String, Long> newestLast = new LinkedHashMap<>(tracks);
            newestLast.remove(track);
            newestLast.put(track, drawn.inTrack());
            while (newestLast.size() > MAX_TRACKS) {
                newestLast.remove(newestLast.keySet().iterator().next());
            }
            Map<String, Assigned> known = new LinkedHashMap<>(recent);
            known.put(key, drawn);
            while (known.size() > MAX_RECENT) {
                known.remove(leastNeeded(known, by));
            }
            return new Numbers(drawn.sequence(), newestLast, known);
        }

        /** The oldest; but a worker leaves the half to others: one that is down for a while still has to find what it had drawn. */
        private static String leastNeeded(Map<String, Assigned> known, String by) {
            long own =
                    known.values().stream().filter(each -> by.equals(each.by())).count();
            return known.entrySet().stream()
                    .filter(each ->
                            own <= MAX_RECENT / 2 || by.equals(each.getValue().by()))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
        }

        Assigned lastDrawn() {
            return recent.values().stream().reduce((_, last) -> last).orElseThrow();
        }
    }
}
