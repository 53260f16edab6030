package dev.june.stt.worker.delivery;

import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * A sealed utterance as a person may look at it: in the stream, or as a dead letter.
 *
 * @param sequence number within the participant
 * @param samples mono, 16 kHz
 */
public record StoredUtterance(String id, long sequence, SealedUtterance.Header about, short[] samples) {
    /** Reads what is in the stream; empty if it is no utterance. */
    public static Optional<StoredUtterance> read(byte[] payload, JsonMapper json) {
        try {
            NumberedUtterance utterance = new UtteranceCodec(json).decode(payload);
            return Optional.of(new StoredUtterance(
                    utterance.id(), utterance.header().sequence(), utterance.about(), utterance.samples()));
        } catch (UtteranceCodec.MalformedUtterance e) {
            return Optional.empty();
        }
    }
}
