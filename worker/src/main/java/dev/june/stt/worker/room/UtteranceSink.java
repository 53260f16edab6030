package dev.june.stt.worker.room;

import dev.june.stt.worker.delivery.SealedUtterance;
import java.io.IOException;

/** Takes sealed utterances over. */
@FunctionalInterface
public interface UtteranceSink {
    /**
     * Returns when the utterance is safe, whatever happens to this process.
     *
     * @return false if there is no room for it now: the caller keeps it and asks again
     * @throws IOException if the disk refuses it: the caller keeps it and asks again
     */
    boolean accept(SealedUtterance utterance) throws IOException;
}
