package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Keys;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who came last to listen to a room, and since when: noted in the bucket before the newcomer hears anything, and kept long after the lease
 * is gone. It settles whose an utterance is if two workers believed that they own a room. Any thread.
 */
public final class Tenures {
    /** Utterances of a worker that was cut off from NATS for longer than this are taken as they are. */
    private static final Duration LIFE = Duration.ofDays(7);

    private static final Logger log = LoggerFactory.getLogger(Tenures.class);

    private final ExpiringKeys keys;

    public Tenures(ExpiringKeys keys) {
        this.keys = keys;
    }

    /**
     * Under which lease an utterance was heard.
     *
     * @param epoch revision of the bucket at which the room was taken; grows with every change of hands
     * @param certain nobody else can have held the lease when the speech began
     */
    public record Tenure(long epoch, boolean certain) {}

    /**
     * A room changes hands.
     *
     * @return false if somebody came still later
     * @throws IOException if the server gives no answer
     */
    public boolean begin(String room, long epoch, Instant since) throws IOException, JetStreamApiException {
        byte[] note = (epoch + " " + since).getBytes(StandardCharsets.US_ASCII);
        while (true) {
            ExpiringKeys.Found found = keys.read(Keys.tenure(room));
            if (read(found).filter(newest -> newest.epoch > epoch).isPresent()) {
                return false;
            }
            if (keys.write(Keys.tenure(room), note, found.revision(), LIFE).isPresent()) {
                return true;
            }
        }
    }

    /**
     * Whether somebody else listens to this speech too, and is the one to publish it.
     *
     * @throws IOException if the server gives no answer
     */
    boolean isSuperseded(SealedUtterance.Header utterance) throws IOException, JetStreamApiException {
        Tenure tenure = utterance.tenure();
        if (tenure == null || tenure.certain()) {
            return false;
        }
        Instant began = Instant.parse(utterance.speech().startedAt());
        return read(keys.read(Keys.tenure(utterance.origin().room())))
                .filter(newest -> newest.epoch > tenure.epoch() && !began.isBefore(newest.since))
                .isPresent();
    }

    private record Note(long epoch, Instant since) {}

    private static Optional<Note> read(ExpiringKeys.Found found) {
        return found.value().flatMap(value -> {
            String[] parts = new String(value, StandardCharsets.US_ASCII).split(" ", 2);
            try {
                return Optional.of(new Note(Long.parseLong(parts[0]), Instant.parse(parts[1])));
            } catch (NumberFormatException | DateTimeParseException | ArrayIndexOutOfBoundsException e) {
                log.error("a room's tenure is not readable and does not count ({})", e.toString());
                return Optional.empty();
            }
        });
    }
}
