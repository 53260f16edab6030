package dev.june.stt.worker.delivery;

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

    /** @param sequence number within the participant */
    record Header(String utteranceId, long sequence, SealedUtterance.Header sealed) {}
}
