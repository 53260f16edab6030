package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.Recognizers;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Pulls sealed utterances, decodes them, stores the transcript and only then acks. Takes no more than the recognizer can work on, so that
 * the rest is there for other workers. One virtual thread pulls, one for each utterance in work waits.
 *
 * <p>What can happen to an utterance: its transcript is stored, or was there already: ack. Its decode fails for good: it goes to the
 * dead letters with its audio, a void says so, ack. NATS gives no answer: the same is stored again until it does. The worker dies or the
 * decode hangs: the server gives it to another worker, and after {@code maxDeliver} decodes it is set aside (see {@link Suspects}).
 */
public final class DecodeLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DecodeLoop.class);
    private static final Duration PULL = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /**
     * How many times the time of one decode is waited before the utterance is left to another worker: what was taken may stand behind two
     * others. A decode that hangs is thus a delivery without an answer, like one that ends the process.
     */
    private static final int PATIENCE = 4;

    /** How long another worker leaves an utterance alone whose decode its listener had begun: it stores the transcript itself. */
    private static final Duration HEAD_START = Duration.ofSeconds(3);

    private final NatsLink nats;
    private final Subjects subjects;
    private final UtteranceCodec codec;
    private final TranscriptStore transcripts;
    private final DeadLetters deadLetters;
    private final SetAside setAside;
    private final Suspects suspects;
    private final Speculations speculations;
    private final Recognizers recognizer;
    private final Function<String, Decoding> decoding;
    private final Conclusion conclusion;
    private final String worker;
    private final MeterRegistry metrics;
    private final Semaphore room;
    private final int capacity;
    private final ExecutorService inWork = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread puller;
    private volatile boolean draining;
    private volatile boolean closing;

    /** What of the configuration matters to a decode; it depends on the variant. */
    public record Decoding(List<String> allowedLanguages, List<String> hotWords, int maxDeliver, Duration ackWait) {}

    /** Everything it works with. */
    public record Parts(
            NatsLink nats,
            Subjects subjects,
            JsonMapper json,
            TranscriptStore transcripts,
            Speculations speculations,
            Recognizers recognizer,
            Function<String, Decoding> decoding,
            Ledger ledger,
            Clock clock,
            String worker,
            MeterRegistry metrics,
            BiConsumer<SealedUtterance.Header, Transcript> onStored) {}

    public DecodeLoop(Parts parts) {
        this.nats = parts.nats();
        this.subjects = parts.subjects();
        this.codec = new UtteranceCodec(parts.json());
        this.transcripts = parts.transcripts();
        this.deadLetters = new DeadLetters(parts.nats(), parts.subjects(), parts.clock(), parts.metrics());
        this.setAside = new SetAside(deadLetters, parts.transcripts(), parts.ledger(), parts.worker());
        this.suspects =
                new Suspects(new ExpiringKeys(parts.nats(), parts.subjects().bucket()));
        this.speculations = parts.speculations();
        this.recognizer = parts.recognizer();
        this.decoding = parts.decoding();
        this.conclusion = new Conclusion(parts);
        this.worker = parts.worker();
        this.metrics = parts.metrics();
        // One in each state and one that waits for it; what is decoded already needs no state and a place of its own.
        this.capacity = 2 * parts.recognizer().get().states() + 2;
        this.room = new Semaphore(capacity);
        this.puller = Thread.ofVirtual().name("decode-loop").start(this::run);
    }

    /**
     * Works off what waits in the stream, as far as the time goes, and stops. What is left is given to another worker by the server.
     *
     * @return whether everything that was taken is done
     */
    public boolean drain(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        draining = true;
        if (!puller.join(limit.dividedBy(2))) {
            closing = true;
            puller.interrupt();
        }
        return room.tryAcquire(capacity, end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        closing = true;
        puller.interrupt();
        inWork.shutdownNow();
    }

    /** An utterance is in the stream now. If its decode was begun before, its transcript need not wait until the stream gives it out. */
    void appended(NumberedUtterance.Header utterance) {
        String key = utterance.sealed().key();
        if (utterance.refusal() != null) {
            speculations.take(key).ifPresent(Recognizer.Ticket::cancel);
            return;
        }
        speculations.find(key).ifPresent(ticket -> {
            ticket.promote();
            var _ = ticket.result()
                    .thenAcceptAsync(recognition -> storeAtOnce(utterance, recognition), inWork)
                    .whenComplete((_, _) -> speculations.take(key));
        });
    }

    /** What cannot be stored now is left to whoever the stream gives the utterance to. */
    private void storeAtOnce(NumberedUtterance.Header utterance, Recognition recognition) {
        if (closing || recognition instanceof Recognition.Failed || recognition instanceof Recognition.Dropped) {
            return;
        }
        conclusion.publishOnce(utterance, recognition);
    }

    private void run() {
        while (!closing) {
            try {
                ConsumerContext consumer = nats.connection()
                        .getStreamContext(subjects.utterancesStream())
                        .getConsumerContext(subjects.decoders());
                while (!closing) {
                    int taken = pull(consumer);
                    if (draining && taken == 0) {
                        return;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (IOException | JetStreamApiException | JetStreamStatusCheckedException | IllegalStateException e) {
                log.warn("utterances cannot be pulled, trying again in {} ({})", RETRY, e.toString());
                sleep(RETRY);
            }
        }
    }

    private int pull(ConsumerContext consumer)
            throws IOException, JetStreamApiException, JetStreamStatusCheckedException, InterruptedException {
        room.acquire();
        int free = 1 + room.drainPermits();
        int taken = 0;
        FetchConsumeOptions.Builder options = FetchConsumeOptions.builder().maxMessages(free);
        if (draining) {
            options.noWait();
        } else {
            options.expiresIn(PULL.toMillis());
        }
        try (FetchConsumer fetch = consumer.fetch(options.build())) {
            for (Message message = fetch.nextMessage(); message != null; message = fetch.nextMessage()) {
                taken++;
                Message utterance = message;
                inWork.execute(() -> {
                    try {
                        work(utterance);
                    } finally {
                        room.release();
                    }
                });
            }
            return taken;
        } catch (IOException | JetStreamApiException | JetStreamStatusCheckedException | InterruptedException e) {
            throw e;
        } catch (Exception e) { // AutoCloseable's declaration; the fetch itself throws none of these
            throw new IllegalStateException(e);
        } finally {
            room.release(free - taken);
        }
    }

    private void work(Message message) {
        try {
            NumberedUtterance utterance = codec.decode(message.getData());
            if (isLeftToItsListener(message, utterance)) {
                message.nakWithDelay(HEAD_START);
                return;
            }
            DeadLetters.Original original = DeadLetters.Original.of(message);
            // In this order: what was begun is forgotten when its transcript is stored.
            Optional<Recognizer.Ticket> begun =
                    speculations.take(utterance.about().key());
            // One whose decode its listener had begun comes to another worker first, which leaves it alone.
            boolean unanswered = original.deliveries() > (utterance.about().direct() ? 2 : 1);
            // The listener may have stored the transcript at once.
            boolean mayBeClosed =
                    unanswered || original.replay() > 0 || utterance.about().direct();
            if (begun.isEmpty() && mayBeClosed && transcripts.isClosed(utterance, original.replay())) {
                ack(message); // its transcript is stored; who stored it could not say so
            } else if (unanswered) {
                decodeAlone(message, original, utterance, begun);
            } else {
                decode(message, original, utterance, begun);
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
            metrics.counter("stt_errors_total", "kind", FailureKind.DEFECT.name())
                    .increment();
        }
    }

    private boolean isLeftToItsListener(Message message, NumberedUtterance utterance) {
        return utterance.about().direct()
                && !utterance.about().heardBy().equals(worker)
                && DeadLetters.replayOf(message.getHeaders()) == 0
                && message.metaData().deliveredCount() == 1;
    }

    /** Decodes what an earlier worker did not answer for, unless that happened too often. */
    private void decodeAlone(
            Message message,
            DeadLetters.Original original,
            NumberedUtterance utterance,
            Optional<Recognizer.Ticket> begun)
            throws IOException, JetStreamApiException, InterruptedException {
        Decoding settings = decoding.apply(utterance.about().variant());
        while (!suspects.enter(settings.ackWait().dividedBy(3))) {
            stillInWork(message);
        }
        try {
            switch (suspects.begin(utterance.id(), original.replay(), settings.maxDeliver())) {
                case BEGIN -> decode(message, original, utterance, begun);
                case EXHAUSTED -> ackWhenDone(message, () -> setAside.exhausted(utterance, original));
                case ELSEWHERE -> message.nakWithDelay(settings.ackWait());
            }
        } finally {
            suspects.leave();
        }
    }

    private void decode(
            Message message,
            DeadLetters.Original original,
            NumberedUtterance utterance,
            Optional<Recognizer.Ticket> begun)
            throws InterruptedException {
        Decoding settings = decoding.apply(utterance.about().variant());
        Optional<Recognition> recognition = recognitionOf(message, utterance, begun, settings);
        // Overload or another model is no fault of this utterance: it waits here, and no delivery is used up.
        for (boolean atOnce = true;
                recognition.orElse(null) instanceof Recognition.Dropped && !closing;
                atOnce = false) {
            if (!atOnce) {
                pause(message);
            }
            recognition = await(
                    recognizer.of(utterance.about().variant()).submit(requestFor(utterance, settings)),
                    message,
                    settings.ackWait());
        }
        switch (recognition.orElse(null)) {
            case null -> {
                log.error("utterance {} is not decoded in time and is left to another worker", utterance.id());
                metrics.counter("stt_decodes_given_up_total").increment();
                message.nak();
            }
            case Recognition.Dropped _ -> message.nakWithDelay(RETRY); // this worker is closing
            case Recognition.Failed(String reason, String explanation) -> {
                log.warn("utterance {} could not be decoded: {} ({})", utterance.id(), reason, explanation);
                ackWhenDone(message, () -> setAside.failed(utterance, original, reason, explanation));
            }
            case Recognition.Text text -> store(message, original, utterance, text);
            case Recognition.NoWords none -> store(message, original, utterance, none);
            case Recognition.Suppressed suppressed -> store(message, original, utterance, suppressed);
        }
    }

    private Optional<Recognition> recognitionOf(
            Message message, NumberedUtterance utterance, Optional<Recognizer.Ticket> begun, Decoding settings)
            throws InterruptedException {
        if (utterance.refusal().isPresent()) {
            return Optional.of(new Recognition.Failed(utterance.refusal().get(), "not to be decoded"));
        }
        Recognizer.Ticket ticket = begun.orElseGet(
                () -> recognizer.of(utterance.about().variant()).submit(requestFor(utterance, settings)));
        ticket.promote();
        return await(ticket, message, settings.ackWait());
    }

    private void store(
            Message message, DeadLetters.Original original, NumberedUtterance utterance, Recognition recognition)
            throws InterruptedException {
        conclusion.publish(utterance.header(), recognition, original.replay(), () -> stillInWork(message));
        ack(message);
    }

    private void ackWhenDone(Message message, Supplier<SetAside.Outcome> work) throws InterruptedException {
        while (work.get() == SetAside.Outcome.UNKNOWN) {
            pause(message);
        }
        ack(message);
    }

    private static void pause(Message message) throws InterruptedException {
        stillInWork(message);
        Thread.sleep(RETRY);
    }

    private static void stillInWork(Message message) {
        try {
            message.inProgress();
        } catch (IllegalStateException e) {
            log.debug("NATS is away; the utterance may be given to another worker as well ({})", e.toString());
        }
    }

    /** A lost ack costs a second look at this utterance, no more. */
    private static void ack(Message message) throws InterruptedException {
        try {
            message.ackSync(NatsLink.ANSWER);
        } catch (TimeoutException | IllegalStateException e) {
            log.warn("an ack was not answered; the utterance will be seen once more ({})", e.toString());
        }
    }

    /** Waits for a decode and tells the server meanwhile that it is in work; empty if it takes so long that it may never end. */
    private static Optional<Recognition> await(Recognizer.Ticket ticket, Message message, Duration ackWait)
            throws InterruptedException {
        Duration step = ackWait.dividedBy(3);
        for (Duration waited = Duration.ZERO;
                waited.compareTo(ackWait.multipliedBy(PATIENCE)) < 0;
                waited = waited.plus(step)) {
            try {
                return Optional.of(ticket.result().get(step.toMillis(), TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                stillInWork(message);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a recognizer's future never fails", e);
            }
        }
        ticket.cancel();
        return Optional.empty();
    }

    private static DecodeRequest requestFor(NumberedUtterance utterance, Decoding settings) {
        return new DecodeRequest(
                utterance.id(),
                DecodeRequest.Priority.FINAL,
                utterance.samples(),
                utterance.about().language().code(),
                settings.allowedLanguages(),
                settings.hotWords(),
                utterance.about().evidence());
    }

    private static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
