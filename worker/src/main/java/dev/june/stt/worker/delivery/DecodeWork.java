package dev.june.stt.worker.delivery;

import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.Recognizers;
import dev.june.stt.worker.tracing.TraceStep;
import io.micrometer.core.instrument.Counter;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work on one utterance that the stream gave to this worker, from its message to the answer. Waits for the decode and for NATS; each
 * message has a thread of its own.
 *
 * <p>What can happen to an utterance: its transcript is stored, or was there already: ack. Its decode fails for good: it goes to the
 * dead letters with its audio, a void says so, ack. NATS gives no answer: the same is stored again until it does. The worker dies or the
 * decode hangs: the server gives it to another worker, and after {@code maxDeliver} decodes it is set aside (see {@link Suspects}).
 */
final class DecodeWork {
    private static final Logger log = LoggerFactory.getLogger(DecodeWork.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /**
     * How many times the time of one decode is waited before the utterance is left to another worker: what was taken may stand behind two
     * others. A decode that hangs is thus a delivery without an answer, like one that ends the process.
     */
    private static final int PATIENCE = 4;

    private final UtteranceCodec codec;
    private final TranscriptStore transcripts;
    private final DeadLetters deadLetters;
    private final SetAside setAside;
    private final Suspects suspects;
    private final Speculations speculations;
    private final Recognizers recognizer;
    private final Function<String, DecodeLoop.Decoding> decoding;
    private final Conclusion conclusion;
    private final String worker;
    private final Duration headStart;
    private final Counter givenUp;
    private final Counter defects;
    private volatile boolean closing;

    /** @param headStart how long an utterance is left to its listener, who may have begun its decode and stores the transcript itself */
    DecodeWork(DecodeLoop.Parts parts, Conclusion conclusion, Duration headStart) {
        this.codec = new UtteranceCodec(parts.json());
        this.transcripts = parts.transcripts();
        this.deadLetters = new DeadLetters(parts.nats(), parts.subjects(), parts.clock(), parts.metrics());
        this.setAside = new SetAside(deadLetters, transcripts, conclusion);
        this.suspects =
                new Suspects(new ExpiringKeys(parts.nats(), parts.subjects().bucket()));
        this.speculations = parts.speculations();
        this.recognizer = parts.recognizer();
        this.decoding = parts.decoding();
        this.conclusion = conclusion;
        this.worker = parts.worker();
        this.headStart = headStart;
        this.givenUp = Counter.builder("stt_decodes_given_up_total")
                .description("Decodes that did not end in time and were left to another worker")
                .register(parts.metrics());
        this.defects = parts.metrics().counter("stt_errors_total", "kind", FailureKind.DEFECT.name());
    }

    /** What the stream gave out. */
    private record Given(Message message, DeadLetters.Original original, NumberedUtterance utterance) {
        int replay() {
            return original.replay();
        }

        /** Whether its listener may have stored the transcript at once. */
        boolean direct() {
            return utterance.about().direct();
        }

        /** Whether a worker took it and said nothing. One with a listener comes to another worker first, which leaves it alone. */
        boolean unanswered() {
            return original.deliveries() > (direct() ? 2 : 1);
        }

        boolean mayHaveItsTranscript() {
            return unanswered() || replay() > 0 || direct();
        }

        void stillInWork() {
            try {
                message.inProgress();
            } catch (IllegalStateException e) {
                log.debug("NATS is away; the utterance may be given to another worker as well ({})", e.toString());
            }
        }

        void pause() throws InterruptedException {
            stillInWork();
            Thread.sleep(RETRY);
        }

        /** A lost ack costs a second look at this utterance, no more. */
        void ack() throws InterruptedException {
            try {
                message.ackSync(NatsLink.ANSWER);
            } catch (TimeoutException | IllegalStateException e) {
                log.warn("an ack was not answered; the utterance will be seen once more ({})", e.toString());
            }
        }
    }

    /** Begins no decode anew. */
    void close() {
        closing = true;
    }

    void on(Message message) {
        try {
            Given given = new Given(message, DeadLetters.Original.of(message), codec.decode(message.getData()));
            if (isLeftToItsListener(given)) {
                message.nakWithDelay(headStart);
            } else {
                work(given);
            }
        } catch (UtteranceCodec.MalformedUtterance e) {
            log.error("a message is no utterance and is set aside: {}", e.getMessage());
            if (deadLetters.unreadable(DeadLetters.Original.of(message), String.valueOf(e.getMessage()))) {
                message.term();
            } else {
                message.nakWithDelay(RETRY);
            }
        } catch (IOException | JetStreamApiException e) {
            log.warn("what became of an utterance is not known; it will be given out again ({})", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server gives it to another worker
        } catch (RuntimeException e) { // the edge of this utterance's thread
            log.error("an utterance could not be worked on and is left to be given out again", e);
            defects.increment();
        }
    }

    private boolean isLeftToItsListener(Given given) {
        return given.direct()
                && !given.utterance().about().heardBy().equals(worker)
                && given.replay() == 0
                && given.original().deliveries() == 1;
    }

    private void work(Given given) throws IOException, JetStreamApiException, InterruptedException {
        // In this order: what was begun is forgotten when its transcript is stored.
        Optional<Recognizer.Ticket> begun =
                speculations.take(given.utterance().about().key());
        if (begun.isEmpty()
                && given.mayHaveItsTranscript()
                && transcripts.isClosed(given.utterance(), given.replay())) {
            given.ack(); // who stored it could not say so
            return;
        }
        try (TraceStep step = DecodeTrace.begin(given.message(), given.utterance())) {
            decode(given, begun, step);
        }
    }

    private void decode(Given given, Optional<Recognizer.Ticket> begun, TraceStep step)
            throws IOException, JetStreamApiException, InterruptedException {
        try {
            if (given.unanswered()) {
                decodeAlone(given, begun);
            } else {
                decode(given, begun);
            }
        } catch (RuntimeException e) { // counted at the edge of this thread
            step.failed("defect");
            throw e;
        }
    }

    /** Decodes what an earlier worker did not answer for, unless that happened too often. */
    private void decodeAlone(Given given, Optional<Recognizer.Ticket> begun)
            throws IOException, JetStreamApiException, InterruptedException {
        DecodeLoop.Decoding settings = decoding.apply(given.utterance().about().variant());
        while (!suspects.enter(settings.ackWait().dividedBy(3))) {
            given.stillInWork();
        }
        try {
            switch (suspects.begin(given.utterance().id(), given.replay(), settings.maxDeliver())) {
                case BEGIN -> decode(given, begun);
                case EXHAUSTED -> {
                    while (!setAside.exhausted(given.utterance(), given.original(), given::stillInWork)) {
                        given.pause();
                    }
                    given.ack();
                }
                case ELSEWHERE -> given.message().nakWithDelay(settings.ackWait());
            }
        } finally {
            suspects.leave();
        }
    }

    private void decode(Given given, Optional<Recognizer.Ticket> begun) throws InterruptedException {
        String id = given.utterance().id();
        switch (recognitionOf(given, begun).orElse(null)) {
            case null -> {
                log.error("utterance {} is not decoded in time and is left to another worker", id);
                DecodeTrace.gaveUp();
                givenUp.increment();
                given.message().nak();
            }
            case Recognition.Dropped _ -> given.message().nakWithDelay(RETRY); // this worker is closing
            case Recognition.Failed failed -> {
                log.warn("utterance {} could not be decoded: {} ({})", id, failed.reason(), failed.message());
                while (!setAside.failed(given.utterance(), given.original(), failed, given::stillInWork)) {
                    given.pause();
                }
                given.ack();
            }
            case Recognition.Text text -> store(given, text);
            case Recognition.NoWords none -> store(given, none);
            case Recognition.Suppressed suppressed -> store(given, suppressed);
        }
    }

    /** Empty if the decode takes so long that it may never end. */
    private Optional<Recognition> recognitionOf(Given given, Optional<Recognizer.Ticket> begun)
            throws InterruptedException {
        if (given.utterance().refusal().isPresent()) {
            return Optional.of(
                    new Recognition.Failed(given.utterance().refusal().get(), "not to be decoded"));
        }
        DecodeLoop.Decoding settings = decoding.apply(given.utterance().about().variant());
        Recognizer.Ticket ticket = begun.orElseGet(() -> submit(given, settings));
        ticket.promote();
        Optional<Recognition> recognition = await(ticket, given, settings.ackWait());
        // Overload or another model is no fault of this utterance: it waits here, and no delivery is used up.
        for (boolean atOnce = true;
                recognition.orElse(null) instanceof Recognition.Dropped && !closing;
                atOnce = false) {
            if (!atOnce) {
                given.pause();
            }
            recognition = await(submit(given, settings), given, settings.ackWait());
        }
        return recognition;
    }

    private Recognizer.Ticket submit(Given given, DecodeLoop.Decoding settings) {
        NumberedUtterance utterance = given.utterance();
        return recognizer
                .of(utterance.about().variant())
                .submit(new DecodeRequest(
                        utterance.id(),
                        DecodeRequest.Priority.FINAL,
                        utterance.samples(),
                        utterance.about().language().code(),
                        settings.allowedLanguages(),
                        settings.hotWords(),
                        utterance.about().evidence()));
    }

    /** Waits for a decode and tells the server meanwhile that it is in work. */
    private static Optional<Recognition> await(Recognizer.Ticket ticket, Given given, Duration ackWait)
            throws InterruptedException {
        Duration step = ackWait.dividedBy(3);
        for (Duration waited = Duration.ZERO;
                waited.compareTo(ackWait.multipliedBy(PATIENCE)) < 0;
                waited = waited.plus(step)) {
            try {
                return Optional.of(ticket.result().get(step.toMillis(), TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                given.stillInWork();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a recognizer's future never fails", e);
            }
        }
        ticket.cancel();
        return Optional.empty();
    }

    private void store(Given given, Recognition recognition) throws InterruptedException {
        conclusion.publish(given.utterance().header(), recognition, given.replay(), given::stillInWork);
        given.ack();
    }
}
