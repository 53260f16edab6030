package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.Recognizers;
import dev.june.stt.worker.tracing.TraceStep;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Pulls sealed utterances for {@link DecodeWork}, which decodes them, stores the transcript and only then acks. Takes no more than the
 * recognizer can work on, so that the rest is there for other workers. One virtual thread pulls, one for each utterance in work waits.
 */
public final class DecodeLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DecodeLoop.class);
    private static final Duration PULL = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration HEAD_START = Duration.ofSeconds(3);

    private final NatsLink nats;
    private final Subjects subjects;
    private final Speculations speculations;
    private final Conclusion conclusion;
    private final DecodeWork work;
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
        this(parts, HEAD_START);
    }

    /** @param headStart that other workers give to the listener of an utterance */
    DecodeLoop(Parts parts, Duration headStart) {
        this.nats = parts.nats();
        this.subjects = parts.subjects();
        this.speculations = parts.speculations();
        this.metrics = parts.metrics();
        this.conclusion = new Conclusion(
                parts.transcripts(),
                variant -> Conclusion.Maker.among(parts.recognizer(), variant),
                parts.ledger(),
                parts.clock(),
                parts.worker(),
                parts.metrics(),
                parts.onStored());
        this.work = new DecodeWork(parts, conclusion, headStart);
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
            stop();
        }
        return room.tryAcquire(capacity, end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        stop();
        inWork.shutdownNow();
    }

    private void stop() {
        closing = true;
        work.close();
        puller.interrupt();
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
        try (TraceStep _ = DecodeTrace.begin(utterance)) {
            conclusion.publishOnce(utterance, recognition);
        }
    }

    private void run() {
        try {
            while (!closing) {
                try {
                    pullAll();
                    return;
                } catch (IOException | JetStreamApiException | IllegalStateException e) {
                    log.warn("utterances cannot be pulled, trying again in {} ({})", RETRY, e.toString());
                } catch (RuntimeException e) { // the edge of this thread, which goes on
                    log.error("utterances could not be pulled", e);
                    metrics.counter("stt_errors_total", "kind", FailureKind.DEFECT.name())
                            .increment();
                }
                Thread.sleep(RETRY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until it is closed, or has drained the stream. */
    private void pullAll() throws IOException, JetStreamApiException, InterruptedException {
        ConsumerContext consumer =
                nats.connection().getStreamContext(subjects.utterancesStream()).getConsumerContext(subjects.decoders());
        while (!closing) {
            int taken = pull(consumer);
            if (draining && taken == 0) {
                return;
            }
        }
    }

    private int pull(ConsumerContext consumer) throws IOException, JetStreamApiException, InterruptedException {
        room.acquire();
        int free = 1 + room.drainPermits();
        int taken = 0;
        FetchConsumeOptions.Builder options = FetchConsumeOptions.builder().maxMessages(free);
        if (draining) {
            options.noWait();
        } else {
            options.expiresIn(PULL.toMillis());
        }
        try (Pull pull = Pull.from(consumer, options.build())) {
            for (Optional<Message> next = pull.next(); next.isPresent(); next = pull.next()) {
                taken++;
                Message utterance = next.get();
                inWork.execute(() -> {
                    try {
                        work.on(utterance);
                    } finally {
                        room.release();
                    }
                });
            }
            return taken;
        } finally {
            room.release(free - taken);
        }
    }
}
