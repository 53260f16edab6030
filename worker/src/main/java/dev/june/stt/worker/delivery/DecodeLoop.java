package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
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
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Pulls sealed utterances, decodes them, stores the transcript and only then acks. Takes no more than the recognizer can work on, so that
 * the rest is there for other workers. One virtual thread pulls, one for each utterance in work waits.
 *
 * <p>What can happen to an utterance: its transcript is stored, or was there already: ack. Its decode fails for good: it goes to the
 * dead letters with its audio, a void says so, ack. NATS gives no answer: nothing; the server gives it out again and the store refuses a
 * second transcript. The worker dies: the same.
 */
public final class DecodeLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DecodeLoop.class);
    private static final Duration PULL = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** How long another worker leaves an utterance alone that its listener is decoding already. */
    private static final Duration HEAD_START = Duration.ofSeconds(3);

    private final NatsLink nats;
    private final Subjects subjects;
    private final UtteranceCodec codec;
    private final TranscriptStore transcripts;
    private final DeadLetters deadLetters;
    private final Speculations speculations;
    private final Supplier<? extends Recognizer> recognizer;
    private final Supplier<Decoding> decoding;
    private final Ledger ledger;
    private final Clock clock;
    private final String worker;
    private final Timer latency;
    private final MeterRegistry metrics;
    private final BiConsumer<SealedUtterance.Header, Transcript> onStored;
    private final Semaphore room;
    private final int capacity;
    private final ExecutorService inWork = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread puller;
    private volatile boolean draining;
    private volatile boolean closing;

    /** What of the configuration matters to a decode. */
    public record Decoding(List<String> allowedLanguages, List<String> hotWords, int maxDeliver, Duration ackWait) {}

    /** Everything it works with. */
    public record Parts(
            NatsLink nats,
            Subjects subjects,
            JsonMapper json,
            TranscriptStore transcripts,
            Speculations speculations,
            Supplier<? extends Recognizer> recognizer,
            Supplier<Decoding> decoding,
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
        this.deadLetters = new DeadLetters(parts.nats(), parts.subjects(), parts.clock());
        this.speculations = parts.speculations();
        this.recognizer = parts.recognizer();
        this.decoding = parts.decoding();
        this.ledger = parts.ledger();
        this.clock = parts.clock();
        this.worker = parts.worker();
        this.metrics = parts.metrics();
        this.onStored = parts.onStored();
        this.latency = Timer.builder("stt_processing_latency_seconds")
                .description("From the end of speech to the stored transcript")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(100))
                .maximumExpectedValue(Duration.ofSeconds(60))
                .register(metrics);
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
        Transcript transcript =
                Transcripts.of(utterance, recognition, recognizer.get().model(), worker, clock.instant());
        if (transcripts.store(transcript) == TranscriptStore.Outcome.STORED) {
            stored(utterance.sealed(), transcript);
        }
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
            // In this order: what was begun is forgotten when its transcript is stored.
            Optional<Recognizer.Ticket> begun =
                    speculations.take(utterance.about().key());
            if (begun.isEmpty() && mayBeDone(message, utterance) && transcripts.has(utterance)) {
                ack(message);
                return;
            }
            decode(message, utterance, begun);
        } catch (UtteranceCodec.MalformedUtterance e) {
            log.error("a message is no utterance and is set aside: {}", e.getMessage());
            if (deadLetters.unreadable(message, String.valueOf(e.getMessage()))) {
                message.term();
            } else {
                message.nakWithDelay(RETRY);
            }
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
                && message.metaData().deliveredCount() == 1;
    }

    /** Its listener may have stored the transcript at once, or somebody before an ack that was lost. */
    private static boolean mayBeDone(Message message, NumberedUtterance utterance) {
        boolean replayed = !header(message, "June-Replay").isEmpty(); // to be decoded although it has a void
        return !replayed && (utterance.about().direct() || message.metaData().deliveredCount() > 1);
    }

    private void decode(Message message, NumberedUtterance utterance, Optional<Recognizer.Ticket> begun)
            throws InterruptedException {
        Decoding settings = decoding.get();
        Recognition recognition = recognitionOf(message, utterance, begun, settings);
        if (recognition instanceof Recognition.Dropped) {
            recognition = await(recognizer.get().submit(requestFor(utterance, settings)), message, settings.ackWait());
        }
        if (recognition instanceof Recognition.Dropped) {
            message.nakWithDelay(RETRY); // the recognizer is closing: another worker's turn
            return;
        }
        if (recognition instanceof Recognition.Failed(String reason, String explanation)) {
            log.warn("utterance {} could not be decoded: {} ({})", utterance.id(), reason, explanation);
            if (!deadLetters.store("decode", utterance, message, reason, explanation)) {
                message.nakWithDelay(RETRY);
                return;
            }
        }
        store(message, utterance, recognition);
    }

    private Recognition recognitionOf(
            Message message, NumberedUtterance utterance, Optional<Recognizer.Ticket> begun, Decoding settings)
            throws InterruptedException {
        if (utterance.refusal().isPresent()) {
            return new Recognition.Failed(utterance.refusal().get(), "not to be decoded");
        }
        Recognizer.Ticket ticket = begun.orElseGet(() -> recognizer.get().submit(requestFor(utterance, settings)));
        ticket.promote();
        return await(ticket, message, settings.ackWait());
    }

    private void store(Message message, NumberedUtterance utterance, Recognition recognition)
            throws InterruptedException {
        Transcript transcript =
                Transcripts.of(utterance.header(), recognition, recognizer.get().model(), worker, clock.instant());
        TranscriptStore.Outcome outcome = transcripts.store(transcript);
        boolean ours = outcome == TranscriptStore.Outcome.STORED;
        while (outcome == TranscriptStore.Outcome.UNKNOWN) {
            if (closing) {
                return; // the server gives it to another worker
            }
            Thread.sleep(RETRY);
            stillInWork(message);
            outcome = transcripts.store(transcript);
            ours = true; // if it is there now, the attempt without an answer stored it
        }
        if (ours) {
            stored(utterance.about(), transcript);
        }
        ack(message);
    }

    private void stored(SealedUtterance.Header utterance, Transcript transcript) {
        ledger.stored(transcript);
        metrics.counter("stt_transcripts_sent_total", "type", typeOf(transcript))
                .increment();
        Duration since = Duration.between(utterance.speechEndedAt(), clock.instant());
        latency.record(
                since.isNegative() ? Duration.ZERO : since); // the clock that says when speech ended may be another's
        onStored.accept(utterance, transcript);
    }

    private static String typeOf(Transcript transcript) {
        return transcript instanceof Transcript.Final ? "final" : "void";
    }

    /** A lost ack costs a second look at this utterance, no more. */
    private static void ack(Message message) throws InterruptedException {
        try {
            message.ackSync(NatsLink.ANSWER);
        } catch (TimeoutException | IllegalStateException e) {
            log.warn("an ack was not answered; the utterance will be seen once more ({})", e.toString());
        }
    }

    /** Waits for a decode and tells the server meanwhile that it is in work. */
    private static Recognition await(Recognizer.Ticket ticket, Message message, Duration ackWait)
            throws InterruptedException {
        while (true) {
            try {
                return ticket.result().get(ackWait.toMillis() / 3, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                stillInWork(message);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a recognizer's future never fails", e);
            }
        }
    }

    private static void stillInWork(Message message) {
        try {
            message.inProgress();
        } catch (IllegalStateException e) {
            log.debug("the server cannot be told that an utterance is in work ({})", e.toString());
        }
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

    static String header(Message message, String name) {
        Headers headers = message.getHeaders();
        String value = headers == null ? null : headers.getFirst(name);
        return value == null ? "" : value;
    }
}
