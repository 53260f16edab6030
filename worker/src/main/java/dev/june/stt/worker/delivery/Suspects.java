package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.MessageHeaders;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Utterances that come a second time may be what ended the last worker, or only have been in work beside it. So a worker decodes one of them
 * at a time, and what counts against an utterance is a decode that was begun, noted in the bucket before it begins, not how often the
 * server gave it out. Any thread.
 */
final class Suspects {
    /** Longer than any utterance waits; without its key an utterance is counted anew. */
    private static final Duration KEPT = Duration.ofHours(24);

    private final ExpiringKeys keys;
    private final Semaphore turn = new Semaphore(1);

    Suspects(ExpiringKeys keys) {
        this.keys = keys;
    }

    /** Whether a decode may begin. */
    enum Verdict {
        BEGIN,
        /** It has used all of them up. */
        EXHAUSTED,
        /** Another worker has begun it just now. */
        ELSEWHERE
    }

    /** Waits for this worker's turn, a while; to be given back by {@link #leave}. */
    boolean enter(Duration limit) throws InterruptedException {
        return turn.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    void leave() {
        turn.release();
    }

    /**
     * Notes that a decode begins, if it may.
     *
     * @throws IOException if the server gives no answer: it may be noted or not
     * @throws JetStreamApiException if it refuses
     */
    Verdict begin(String utteranceId, int replay, int mostDecodes) throws IOException, JetStreamApiException {
        String key = Keys.decodes(MessageHeaders.replayId(utteranceId, replay));
        ExpiringKeys.Found found = keys.read(key);
        // The first one is not noted: most utterances need no second.
        int begun = found.value()
                .map(value -> Integer.parseInt(new String(value, StandardCharsets.US_ASCII)))
                .orElse(1);
        if (begun >= mostDecodes) {
            return Verdict.EXHAUSTED;
        }
        byte[] noted = Integer.toString(begun + 1).getBytes(StandardCharsets.US_ASCII);
        return keys.write(key, noted, found.revision(), KEPT).isPresent() ? Verdict.BEGIN : Verdict.ELSEWHERE;
    }
}
