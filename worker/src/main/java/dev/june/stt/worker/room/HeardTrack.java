package dev.june.stt.worker.room;

import static dev.june.stt.worker.audio.Pcm.SAMPLE_RATE_HZ;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.worker.audio.AudioHistory;
import dev.june.stt.worker.audio.Pcm;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.utterance.Endpointing;
import dev.june.stt.worker.utterance.Step;
import dev.june.stt.worker.utterance.UtteranceEffect;
import dev.june.stt.worker.utterance.UtteranceEffect.Ended;
import dev.june.stt.worker.utterance.UtteranceEvent;
import dev.june.stt.worker.utterance.UtteranceState;
import dev.june.stt.worker.vad.SpeechDetector;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is heard on one audio track of one participant: from samples to sealed utterances and partials. {@link #handle} takes what happens
 * to the track, in order; time comes from the clock it is given. Belongs to one thread, {@link TrackSession}'s.
 */
final class HeardTrack implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HeardTrack.class);

    /** Audio that stays away this long is replaced by silence, so that an utterance ends as it would in silence. */
    private static final Duration GAP = Duration.ofMillis(300);

    /**
     * How long a track may be away before it is over. A full reconnect of the room, which looks as if everybody had left and come
     * back, was measured to take 170 to 230 ms.
     */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration RETRY = Duration.ofMillis(200);

    private static final SecureRandom KEYS = new SecureRandom();

    private final String track;
    private final Participant participant;
    private final SessionParts parts;
    private final SessionMetrics metrics;
    private final LongSupplier nanoTime;
    private final SpeechDetector detector;
    private final AudioHistory history = new AudioHistory(40 * SAMPLE_RATE_HZ);
    private final PartialFlow partials;
    private SessionSettings settings;
    private UtteranceState state = UtteranceState.initial();
    private long heardUntil;
    private final long before;
    private long utterance;
    private boolean open;
    private long newestNanos;
    private long detachedNanos;
    private @Nullable EndReason detached;
    private boolean muted;
    private @Nullable Ended ending;
    private @Nullable Speculation speculation;

    /** A decode of the stretch that the utterance will be if the pause lasts, and what its language was taken for. */
    private record Speculation(long from, long to, Language language, Recognizer.Ticket ticket) {}

    /**
     * @param before number of the track's last utterance, from an earlier session
     * @param answers takes what is to come back to {@link #handle}; from any thread
     */
    HeardTrack(
            String track,
            Participant participant,
            boolean muted,
            long before,
            SessionParts parts,
            SessionMetrics metrics,
            LongSupplier nanoTime,
            Consumer<TrackInput> answers) {
        this.track = track;
        this.participant = participant;
        this.muted = muted;
        this.before = before;
        this.parts = parts;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.settings = parts.settings().get();
        this.detector = new CheckedDetector(parts.detectors().create(), metrics);
        this.partials = new PartialFlow(parts, metrics, nanoTime, answers);
        this.newestNanos = nanoTime.getAsLong();
    }

    /** Whether its connection has been gone for too long to come back. */
    boolean isAbandoned() {
        return detached != null && nanoTime.getAsLong() - detachedNanos > GRACE.toNanos();
    }

    /** Ends what is being said because the track did not come back. */
    void abandon() throws InterruptedException {
        end(detached == null ? EndReason.TRACK_ENDED : detached);
    }

    /** Ends whatever is being said; an utterance that is open is handed over, with the samples that did not fill a window. */
    void end(EndReason reason) throws InterruptedException {
        heardUntil = history.end();
        apply(new UtteranceEvent.Closed(heardUntil, reason));
    }

    /**
     * After a defect: what was being said is sealed as far as it was heard, and the track begins anew behind it. If that fails too, the
     * utterance is lost and counted as such.
     */
    void recover() throws InterruptedException {
        UtteranceState broken = state;
        state = new UtteranceState.Silent(heardUntil);
        dropSpeculation();
        if (open) {
            try {
                detector.reset();
                seal(whatIsThereOf(ending == null ? closed(broken) : ending));
            } catch (RuntimeException e) {
                log.error("an utterance of track {} is lost", track, e);
                parts.ledger().lost(settings.variant());
                open = false;
                ending = null;
            }
        }
    }

    private Ended closed(UtteranceState broken) {
        Step step =
                Endpointing.step(broken, new UtteranceEvent.Closed(heardUntil, EndReason.WATCHDOG), settings.rules());
        return (Ended) step.effects().getLast();
    }

    private Ended whatIsThereOf(Ended ended) {
        long from = Math.clamp(ended.from(), history.start(), history.end());
        long to = Math.clamp(ended.to(), from, history.end());
        return new Ended(from, to, ended.speechStart(), ended.speechEnd(), EndReason.WATCHDOG, ended.evidence());
    }

    /** What is open now is lost: its owner was interrupted. */
    @Override
    public void close() {
        if (open) {
            parts.ledger().lost(settings.variant());
        }
        dropSpeculation();
        partials.stop();
        detector.close();
    }

    /** Something happened to the track; null: nothing for a moment. */
    void handle(@Nullable TrackInput input) throws InterruptedException {
        switch (input) {
            case null -> fillGap();
            case TrackInput.Audio(short[] samples, long arrivedNanos) -> {
                newestNanos = arrivedNanos;
                history.append(muted ? new short[samples.length] : samples); // nor may it be in the next one's pre-roll
                listen();
            }
            case TrackInput.Muted _ -> {
                end(EndReason.MUTED);
                muted = true;
            }
            case TrackInput.Unmuted _ -> {
                if (muted) {
                    muted = false;
                    detector.reset();
                }
            }
            case TrackInput.Detached(EndReason reason) -> {
                detachedNanos = detached == null ? nanoTime.getAsLong() : detachedNanos;
                detached = reason;
            }
            case TrackInput.Attached _ -> detached = null;
            case TrackInput.PartialDecoded decoded -> {
                if (decoded.recognition() instanceof Recognition.Text text) {
                    participant.heard(settings.language(), text, decoded.voicedSeconds(), false);
                }
                partials.decoded(decoded, utterance, this::describe);
            }
            case TrackInput.End(EndReason reason) -> end(reason);
        }
    }

    /** Runs the windows that are complete through detection and endpointing. */
    private void listen() throws InterruptedException {
        while (history.end() - heardUntil >= SpeechDetector.WINDOW_SAMPLES) {
            long start = heardUntil;
            heardUntil += SpeechDetector.WINDOW_SAMPLES;
            double probability = muted ? 0 : detector.probability(history.slice(start, heardUntil));
            apply(new UtteranceEvent.Heard(start, heardUntil, probability));
        }
    }

    /** The media clock follows the wall clock: where no audio comes, there is silence. */
    private void fillGap() throws InterruptedException {
        long missing = nanoTime.getAsLong() - newestNanos;
        if (missing > GAP.toNanos()) {
            metrics.gapFilled();
            participant.figures().gapFilled();
            history.append(new short[(int) Pcm.samples(Duration.ofNanos(Math.min(missing, GAP.toNanos())))]);
            newestNanos = nanoTime.getAsLong();
            listen();
        }
    }

    private void apply(UtteranceEvent event) throws InterruptedException {
        Step step = Endpointing.step(state, event, settings.rules());
        state = step.next();
        for (UtteranceEffect effect : step.effects()) {
            carryOut(effect);
        }
        if (state instanceof UtteranceState.Silent) {
            settings = parts.settings().get(); // a new configuration begins between utterances
        }
        history.forgetBefore(neededFrom());
    }

    private long neededFrom() {
        return switch (state) {
            case UtteranceState.Silent _ -> heardUntil - settings.rules().preRoll() - SAMPLE_RATE_HZ;
            case UtteranceState.Rising rising ->
                rising.speechStart() - settings.rules().preRoll();
            case UtteranceState.Speaking(UtteranceState.Open speech) -> speech.from();
            case UtteranceState.Trailing(UtteranceState.Open speech, boolean _) -> speech.from();
        };
    }

    private void carryOut(UtteranceEffect effect) throws InterruptedException {
        switch (effect) {
            case UtteranceEffect.Opened opened -> {
                utterance++;
                open = true;
                parts.ledger().opened(settings.variant());
                participant.figures().opened();
                partials.opened(settings, ago(opened.from()));
            }
            case UtteranceEffect.PartialDue(long from, long to) -> partials.due(utterance, to, () -> partial(from, to));
            case UtteranceEffect.Paused paused -> speculation = begun(paused);
            case UtteranceEffect.Resumed _ -> dropSpeculation();
            case Ended ended -> seal(ended);
        }
    }

    private void dropSpeculation() {
        if (speculation != null) {
            speculation.ticket().cancel();
            speculation = null;
        }
    }

    private Speculation begun(UtteranceEffect.Paused paused) {
        DecodeRequest.SpeechEvidence seen = asEvidence(paused.evidence());
        Language language = participant.language(settings.language(), seen.voicedSeconds());
        DecodeRequest request = request(DecodeRequest.Priority.SPECULATIVE, paused.from(), paused.to(), language, seen);
        return new Speculation(
                paused.from(), paused.to(), language, parts.recognizer().get().submit(request));
    }

    private void seal(Ended ended) throws InterruptedException {
        ending = ended;
        partials.ended();
        double voicedSeconds = Pcm.seconds(ended.evidence().voiced());
        String key = Long.toUnsignedString(KEYS.nextLong(), 36);
        Optional<Speculation> useful = Optional.ofNullable(speculation)
                .filter(begun -> begun.from() == ended.from() && begun.to() == ended.to());
        if (useful.isEmpty()) {
            dropSpeculation();
        }
        speculation = null;
        useful.ifPresent(begun -> {
            parts.speculations().keep(key, begun.ticket());
            learnLanguage(begun.ticket(), voicedSeconds);
        });
        Instant endedAt = parts.clock().instant();
        SealedUtterance.Header header = new SealedUtterance.Header(
                key,
                origin(),
                Pcm.seconds(ended.from()),
                new Transcript.Speech(
                        at(ended.speechStart()).toString(),
                        at(ended.speechEnd()).toString(),
                        seconds(ended.speechStart()),
                        seconds(ended.speechEnd())),
                ended.reason(),
                asEvidence(ended.evidence()),
                useful.map(Speculation::language)
                        .orElseGet(() -> participant.language(settings.language(), voicedSeconds)),
                settings.generation(),
                settings.variant(),
                at(ended.speechEnd()),
                endedAt,
                parts.worker(),
                useful.isPresent(),
                null,
                null);
        handOver(HeardTrace.begin(new SealedUtterance(header, history.slice(ended.from(), ended.to()))));
        parts.ledger().sealed();
        participant.figures().sealed();
        open = false;
        ending = null;
    }

    /** Nothing is lost while the disk or NATS is away: the track waits here, and its inbox drops audio, counted, if that takes long. */
    private void handOver(SealedUtterance sealed) throws InterruptedException {
        while (true) {
            try {
                if (parts.sealed().accept(sealed)) {
                    return;
                }
                log.warn("the spool is full; track {} waits with an utterance", track);
            } catch (IOException e) {
                log.error("the spool cannot be written; track {} waits with an utterance", track, e);
            }
            Thread.sleep(RETRY);
        }
    }

    private void learnLanguage(Recognizer.Ticket ticket, double voicedSeconds) {
        LanguagePolicy policy = settings.language();
        var _ = ticket.result().thenAccept(recognition -> {
            if (recognition instanceof Recognition.Text text) {
                participant.heard(policy, text, voicedSeconds, true);
            }
        });
    }

    private DecodeRequest partial(long from, long to) {
        DecodeRequest.SpeechEvidence seen = state instanceof UtteranceState.Speaking(UtteranceState.Open speech)
                ? asEvidence(speech.evidence())
                : new DecodeRequest.SpeechEvidence(Pcm.seconds(to - from), 1);
        Language language = participant.language(settings.language(), seen.voicedSeconds());
        return request(DecodeRequest.Priority.PARTIAL, from, to, language, seen);
    }

    private DecodeRequest request(
            DecodeRequest.Priority priority,
            long from,
            long to,
            Language language,
            DecodeRequest.SpeechEvidence evidence) {
        return new DecodeRequest(
                expectedId(),
                priority,
                history.slice(from, to),
                language.code(),
                settings.language().allowed(),
                settings.hotWords(),
                evidence);
    }

    private static DecodeRequest.SpeechEvidence asEvidence(UtteranceEffect.SpeechEvidence seen) {
        return new DecodeRequest.SpeechEvidence(Pcm.seconds(seen.voiced()), seen.meanProbability());
    }

    private PartialFlow.About describe() {
        return new PartialFlow.About(expectedId(), origin(), settings.variant());
    }

    private Origin origin() {
        return new Origin(
                parts.namespace(),
                parts.pipeline(),
                participant.room(),
                new Origin.Participant(participant.identity(), participant.sid()),
                track);
    }

    /** What the open utterance will be numbered, if no other worker numbers utterances of this track. */
    private String expectedId() {
        return Numbering.id(track, before + utterance);
    }

    /** Wall clock of a position: when the newest sample came, less what came after the position. */
    private Instant at(long position) {
        return parts.clock().instant().minus(ago(position));
    }

    private Duration ago(long position) {
        return Pcm.duration(history.end() - position).plusNanos(nanoTime.getAsLong() - newestNanos);
    }

    private static double seconds(long position) {
        return Math.round(Pcm.seconds(position) * 1000) / 1000.0;
    }
}
