package dev.june.stt.worker.delivery;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A sealed utterance with its number, as it is in the UTTERANCES stream.
 *
 * @param samples its audio, mono, 16 kHz; not changed by anyone
 */
record NumberedUtterance(Header header, short[] samples) {
    String id() {
        return header.utteranceId();
    }

    SealedUtterance.Header about() {
        return header.sealed();
    }

    /** Why it is not to be decoded: its number is taken, and a void is to say so. */
    Optional<String> refusal() {
        return Optional.ofNullable(header.refusal());
    }

    /**
     * @param sequence number within the participant
     * @param refusal a fixed name; absent for all that are to be decoded
     */
    record Header(
            String utteranceId,
            long sequence,
            SealedUtterance.Header sealed,
            @Nullable String refusal) {}
}
