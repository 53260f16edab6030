package dev.june.stt.worker.lifecycle;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.SealedUtterance;
import java.util.function.BiConsumer;

/** Tells of the transcripts that this worker stores: decoding begins before there are rooms to tell. Any thread. */
final class StoredTranscripts implements BiConsumer<SealedUtterance.Header, Transcript> {
    private volatile BiConsumer<SealedUtterance.Header, Transcript> listener = (_, _) -> {};

    void tell(BiConsumer<SealedUtterance.Header, Transcript> told) {
        listener = told;
    }

    @Override
    public void accept(SealedUtterance.Header utterance, Transcript transcript) {
        listener.accept(utterance, transcript);
    }
}
