package dev.june.stt.worker.room;

import static dev.june.stt.worker.audio.Pcm.SAMPLE_RATE_HZ;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
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
import dev.june.stt.worker.utterance.UtteranceEvent;
import dev.june.stt.worker.utterance.UtteranceState;
import dev.june.stt.worker.vad.SpeechDetector;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One audio track of one participant: from samples to sealed utterances and partials. Everything about the track is owned by one virtual
 * thread, {@link #run}; others put {@link TrackInput}s into its inbox. Ends with {@link TrackInput.End}, after which it has emitted the end
 * of whatever was being said and emits nothing more.
 */
final class TrackSession {
    private static final Logger log = LoggerFactory.getLogger(TrackSession.class);

    /** Audio that waits for the track's thread: 5 s of 20 ms blocks. Answers and ends are always let in; there are few. */
    private static final int MAX_WAITING_AUDIO = 250;

    private static final Duration TICK = Duration.ofMillis(50);

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
    private final Consumer<TrackSession> onEnded;
    private final LinkedBlockingQueue<TrackInput> inbox = new LinkedBlockingQueue<>();
    private final Thread thread;

    // Everything below belongs to the track's thread.
    private final SpeechDetector detector;
    private final AudioHistory history = new AudioHistory(40 * SAMPLE_RATE_HZ);
    private final PartialFlow partials;
    private SessionSettings settings;
    private UtteranceState state = UtteranceState.initial();
    private long heardUntil;
    private long before;
    private long utterance;
    private long newestNanos;
    private long detachedNanos;
    private @Nullable EndReason detached;
    private boolean muted;
    private @Nullable Speculation speculation;

    /** A decode of the stretch that the utterance will be if the pause lasts. */
    private record Speculation(long from, long to, Recognizer.Ticket ticket) {}

    TrackSession(
            String track,
            Participant participant,
            boolean muted,
            SessionParts parts,
            SessionMetrics metrics,
            Consumer<TrackSession> onEnded) {
        this.track = track;
        this.participant = participant;
        this.muted = muted;
        this.parts = parts;
        this.metrics = metrics;
        this.onEnded = onEnded;
        this.settings = parts.settings().get();
        this.detector = parts.detectors().create();
        this.partials = new PartialFlow(parts, metrics, inbox::add);
        this.thread = Thread.ofVirtual().name("track-" + track).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    String track() {
        return track;
    }

    Participant participant() {
        return participant;
    }

    /** Any thread; never blocks. False: the track's thread is behind, the block is dropped and counted. */
    boolean audio(short[] samples) {
        if (inbox.size() >= MAX_WAITING_AUDIO) {
            metrics.frameDropped();
            return false;
        }
        return inbox.add(new TrackInput.Audio(samples, System.nanoTime()));
    }

    /** Any thread; never blocks. */
    void tell(TrackInput input) {
        inbox.add(input);
    }

    /** Waits until the track has emitted its last. */
    boolean join(Duration limit) throws InterruptedException {
        return thread.join(limit);
    }

    private void run() {
        metrics.track(1);
        newestNanos = System.nanoTime();
        before = parts.lastNumber().of(participant.room(), participant.identity(), track);
        try (detector) {
            boolean going = true;
            while (going) {
                going = handle(inbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the edge of this track's thread: the room goes on
            log.error("track {} ended by a defect", track, e);
        } finally {
            dropSpeculation();
            partials.stop();
            metrics.track(-1);
            onEnded.accept(this);
        }
    }

    private boolean handle(@Nullable TrackInput input) throws InterruptedException {
        switch (input) {
            case null -> {
                fillGap();
                if (detached != null && System.nanoTime() - detachedNanos > GRACE.toNanos()) {
                    close(detached);
                    return false;
                }
            }
            case TrackInput.Audio(short[] samples, long arrivedNanos) -> {
                newestNanos = arrivedNanos;
                history.append(samples);
                listen();
            }
            case TrackInput.Muted _ -> {
                close(EndReason.MUTED);
                muted = true;
            }
            case TrackInput.Unmuted _ -> {
                muted = false;
                detector.reset();
            }
            case TrackInput.Detached(EndReason reason) -> {
                detachedNanos = detached == null ? System.nanoTime() : detachedNanos;
                detached = reason;
            }
            case TrackInput.Attached _ -> detached = null;
            case TrackInput.PartialDecoded decoded -> {
                if (decoded.recognition() instanceof Recognition.Text text) {
                    participant.heard(settings.language(), text, decoded.voicedSeconds(), false);
                }
                partials.decoded(decoded, utterance, this::describe);
            }
            case TrackInput.End(EndReason reason) -> {
                close(reason);
                return false;
            }
        }
        return true;
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
        long missing = System.nanoTime() - newestNanos;
        if (missing > GAP.toNanos()) {
            metrics.gapFilled();
            history.append(new short[(int) Pcm.samples(Duration.ofNanos(Math.min(missing, GAP.toNanos())))]);
            newestNanos = System.nanoTime();
            listen();
        }
    }

    private void close(EndReason reason) throws InterruptedException {
        apply(new UtteranceEvent.Closed(heardUntil, reason));
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
            case UtteranceState.Speaking(UtteranceState.Open open) -> open.from();
            case UtteranceState.Trailing(UtteranceState.Open open, boolean _) -> open.from();
        };
    }

    private void carryOut(UtteranceEffect effect) throws InterruptedException {
        switch (effect) {
            case UtteranceEffect.Opened _ -> {
                utterance++;
                parts.ledger().opened();
                partials.opened(settings);
            }
            case UtteranceEffect.PartialDue(long from, long to) ->
                partials.due(
                        utterance, to, () -> request(DecodeRequest.Priority.PARTIAL, from, to, evidence(from, to)));
            case UtteranceEffect.Paused(long from, long to, UtteranceEffect.SpeechEvidence seen) ->
                speculation = new Speculation(
                        from,
                        to,
                        parts.recognizer()
                                .get()
                                .submit(request(DecodeRequest.Priority.SPECULATIVE, from, to, asEvidence(seen))));
            case UtteranceEffect.Resumed _ -> dropSpeculation();
            case UtteranceEffect.Ended ended -> seal(ended);
        }
    }

    private void dropSpeculation() {
        if (speculation != null) {
            speculation.ticket().cancel();
            speculation = null;
        }
    }

    private void seal(UtteranceEffect.Ended ended) throws InterruptedException {
        partials.ended();
        Speculation begun = speculation;
        speculation = null;
        boolean useful = begun != null && begun.from() == ended.from() && begun.to() == ended.to();
        String key = Long.toUnsignedString(KEYS.nextLong(), 36);
        if (begun != null) {
            if (useful) {
                parts.speculations().keep(key, begun.ticket());
                learnLanguage(begun.ticket(), Pcm.seconds(ended.evidence().voiced()));
            } else {
                begun.ticket().cancel();
            }
        }
        double voicedSeconds = Pcm.seconds(ended.evidence().voiced());
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
                participant.language(settings.language(), voicedSeconds),
                settings.generation(),
                settings.variant(),
                at(ended.speechEnd()),
                endedAt,
                parts.worker(),
                useful,
                null);
        handOver(new SealedUtterance(header, history.slice(ended.from(), ended.to())));
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

    private DecodeRequest request(
            DecodeRequest.Priority priority, long from, long to, DecodeRequest.SpeechEvidence evidence) {
        return new DecodeRequest(
                expectedId(),
                priority,
                history.slice(from, to),
                participant.languageToAskFor(settings.language(), evidence.voicedSeconds()),
                settings.language().allowed(),
                settings.hotWords(),
                evidence);
    }

    private DecodeRequest.SpeechEvidence evidence(long from, long to) {
        return state instanceof UtteranceState.Speaking(UtteranceState.Open open)
                ? asEvidence(open.evidence())
                : new DecodeRequest.SpeechEvidence(Pcm.seconds(to - from), 1);
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
        long sinceNewest = System.nanoTime() - newestNanos;
        return parts.clock().instant().minusNanos(sinceNewest).minus(Pcm.duration(history.end() - position));
    }

    private static double seconds(long position) {
        return Math.round(Pcm.seconds(position) * 1000) / 1000.0;
    }
}
