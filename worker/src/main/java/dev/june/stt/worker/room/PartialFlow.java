package dev.june.stt.worker.room;

import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.audio.Pcm;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.PartialStabilizer;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The partials of one track: at most one decode at a time, none before 1.5 times the last one's duration has passed, none right after a
 * final; what is shown as stable is never taken back. Belongs to the track's thread.
 */
final class PartialFlow {
    /** A partial that took so long is followed by a pause of half as long again, so that partials never take the machine. */
    private static final double PACE = 1.5;

    private final SessionParts parts;
    private final SessionMetrics metrics;
    private final LongSupplier nanoTime;
    private final Consumer<TrackInput> answers;
    private boolean open;
    private Duration cooldown = Duration.ZERO;
    private long notBeforeNanos;
    private long revision;
    private PartialStabilizer stabilizer = PartialStabilizer.EMPTY;
    private Recognizer.@Nullable Ticket ticket;
    private long askedNanos;
    private long beganNanos;

    /** Of which utterance a partial is. */
    record About(String utteranceId, Origin origin, String variant) {}

    PartialFlow(SessionParts parts, SessionMetrics metrics, LongSupplier nanoTime, Consumer<TrackInput> answers) {
        this.parts = parts;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.answers = answers;
        this.notBeforeNanos = nanoTime.getAsLong();
    }

    /** @param sinceBegin how long ago the utterance began, with what was heard just before its first speech */
    void opened(SessionSettings settings, Duration sinceBegin) {
        open = true;
        beganNanos = nanoTime.getAsLong() - sinceBegin.toNanos();
        cooldown = settings.finalCooldown();
        revision = 0;
        stabilizer = PartialStabilizer.EMPTY;
    }

    /** Asks for a decode, unless one is under way or it is too soon. */
    void due(long utterance, long audioEnd, Supplier<DecodeRequest> request) {
        long now = nanoTime.getAsLong();
        if (ticket != null || now - notBeforeNanos < 0) {
            return;
        }
        askedNanos = now;
        DecodeRequest asking = request.get();
        Recognizer.Ticket asked = parts.recognizer().get().submit(asking);
        ticket = asked;
        var _ = asked.result()
                .thenAccept(recognition -> answers.accept(new TrackInput.PartialDecoded(
                        utterance, audioEnd, asking.evidence().voicedSeconds(), recognition)));
    }

    void decoded(TrackInput.PartialDecoded decoded, long current, Supplier<About> about) {
        ticket = null;
        long now = nanoTime.getAsLong();
        notBeforeNanos = Math.max(notBeforeNanos, askedNanos + (long) (PACE * (now - askedNanos)));
        if (!open || decoded.utterance() != current || !(decoded.recognition() instanceof Recognition.Text text)) {
            return;
        }
        PartialStabilizer.Step step = stabilizer.heard(text);
        stabilizer = step.next();
        step.partial().ifPresent(partial -> send(partial, text, decoded, about.get()));
    }

    private void send(
            PartialStabilizer.Shown partial,
            Recognition.Text text,
            TrackInput.PartialDecoded decoded,
            About utterance) {
        parts.partials()
                .accept(new Transcript.Partial(
                        utterance.utteranceId(),
                        utterance.origin(),
                        ++revision,
                        partial.stable(),
                        partial.unstable(),
                        text.language(),
                        Math.round(Pcm.seconds(decoded.audioEnd()) * 1000) / 1000.0,
                        utterance.variant()));
        metrics.partialSent(utterance.variant());
        if (revision == 1) {
            metrics.firstPartial(Duration.ofNanos(nanoTime.getAsLong() - beganNanos));
        }
    }

    /** The utterance is over: what is being decoded for it is of no use, and none is shown for a moment. */
    void ended() {
        open = false;
        stop();
        notBeforeNanos = Math.max(notBeforeNanos, nanoTime.getAsLong() + cooldown.toNanos());
    }

    void stop() {
        if (ticket != null) {
            ticket.cancel();
        }
    }
}
