package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamState;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds utterances that the server will never give out again and ends them as {@link DecodeLoop} would have. There are none by design; a
 * consumer that somebody limited, and whatever else the server may do, leaves them in the stream where no figure shows them. Counts the
 * dead letters too. Every worker does it, on a virtual thread of its own: the same message set aside twice is one dead letter.
 */
public final class Sweeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
    private static final int NOT_FOUND = 404;

    /** What it publishes was not decoded. */
    private static final String NO_MODEL = "";

    /** Messages looked at in one round; the rest waits for the next. */
    private static final int MAX_ROUND = 1_000;

    private final NatsLink nats;
    private final Subjects subjects;
    private final UtteranceCodec codec;
    private final DeadLetters deadLetters;
    private final SetAside setAside;
    private final Duration period;
    private final Counter stranded;
    private final Thread thread;
    private volatile double kept = Double.NaN;

    /**
     * @param period time between two rounds; workers do not go in step
     */
    public Sweeper(
            NatsLink nats,
            Subjects subjects,
            JsonMapper json,
            TranscriptStore transcripts,
            Ledger ledger,
            Clock clock,
            String worker,
            Duration period,
            MeterRegistry metrics) {
        this.nats = nats;
        this.subjects = subjects;
        this.codec = new UtteranceCodec(json);
        this.deadLetters = new DeadLetters(nats, subjects, clock, metrics);
        Conclusion conclusion = new Conclusion(
                transcripts,
                variant -> new Conclusion.Maker(variant, NO_MODEL),
                ledger,
                clock,
                worker,
                metrics,
                (_, _) -> {});
        this.setAside = new SetAside(deadLetters, transcripts, conclusion);
        this.period = period;
        this.stranded = Counter.builder("stt_stranded_utterances_total")
                .description("Utterances that the server would never have given out again")
                .register(metrics);
        Gauge.builder("stt_dead_letters_waiting", this, sweeper -> sweeper.kept)
                .description("Dead letters of the pipeline that wait to be replayed or to run out")
                .register(metrics);
        this.thread = Thread.ofVirtual().name("sweeper").start(this::run);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                if (nats.isConnected()) {
                    sweep();
                }
                Thread.sleep(
                        period.plusMillis(ThreadLocalRandom.current().nextLong(Math.max(1, period.toMillis() / 4))));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweep() throws InterruptedException {
        try {
            JetStreamManagement management = nats.management();
            kept = management
                    .getStreamInfo(subjects.deadLettersStream())
                    .getStreamState()
                    .getMsgCount();
            // The consumer first: what it has not given out when the stream is looked at later is not among them.
            ConsumerInfo consumer = management.getConsumerInfo(subjects.utterancesStream(), subjects.decoders());
            StreamState stream =
                    management.getStreamInfo(subjects.utterancesStream()).getStreamState();
            long last = lastAnswered(consumer);
            for (long sequence = stream.getFirstSequence();
                    stream.getMsgCount() > 0 && sequence <= last && sequence < stream.getFirstSequence() + MAX_ROUND;
                    sequence++) {
                stranded(management, sequence, consumer);
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.warn("stranded utterances could not be looked for ({})", e.toString());
        }
    }

    /** Up to here nothing is being delivered, waits for its ack, or will be given out again. */
    private static long lastAnswered(ConsumerInfo consumer) {
        return consumer.getNumAckPending() == 0
                ? consumer.getDelivered().getStreamSequence()
                : consumer.getAckFloor().getStreamSequence();
    }

    private void stranded(JetStreamManagement management, long sequence, ConsumerInfo consumer)
            throws IOException, JetStreamApiException, InterruptedException {
        Optional<MessageInfo> found = find(management, sequence);
        byte[] data = found.map(MessageInfo::getData).orElse(null);
        if (found.isEmpty() || data == null) {
            return;
        }
        long deliveries = Math.max(1, consumer.getConsumerConfiguration().getMaxDeliver());
        DeadLetters.Original original = DeadLetters.Original.of(found.get(), data, deliveries);
        if (isEnded(original)) {
            management.deleteMessage(subjects.utterancesStream(), sequence, false);
            stranded.increment();
        }
    }

    private boolean isEnded(DeadLetters.Original original) throws InterruptedException {
        try {
            return setAside.exhausted(codec.decode(original.data()), original, () -> {});
        } catch (UtteranceCodec.MalformedUtterance e) {
            return deadLetters.unreadable(original, String.valueOf(e.getMessage()));
        }
    }

    private Optional<MessageInfo> find(JetStreamManagement management, long sequence)
            throws IOException, JetStreamApiException {
        try {
            return Optional.of(management.getMessage(subjects.utterancesStream(), sequence));
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
