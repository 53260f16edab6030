package dev.june.stt.worker.room;

import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.tracing.PastSteps;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** The trace of an utterance as far as its track: from what is known of it when it is sealed. */
final class HeardTrace {
    private HeardTrace() {}

    static SealedUtterance begin(SealedUtterance sealed) {
        SealedUtterance.Header about = sealed.header();
        Instant speechStart = Instant.parse(about.speech().startedAt());
        long preRollMillis = Math.round((about.speech().start() - about.audioStart()) * 1_000);
        return sealed.tracedBy(new PastSteps(
                        about.origin().track(),
                        about.origin().participant().sid(),
                        speechStart.minus(Duration.ofMillis(preRollMillis)),
                        speechStart,
                        about.speechEndedAt(),
                        about.endedAt(),
                        about.endReason().name().toLowerCase(Locale.ROOT))
                .begin()
                .orElse(null));
    }
}
