package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamState;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits in the pipeline's streams, and for how long. Every worker shows the whole pool's figures. Asks the server every few seconds, on
 * a virtual thread of its own; while it gives no answer there is no figure, rather than an old one.
 */
public final class QueueGauges implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(QueueGauges.class);
    private static final int NOT_FOUND = 404;

    private final NatsLink nats;
    private final Subjects subjects;
    private final Duration period;
    private final Map<Queue, Waiting> seen = new EnumMap<>(Queue.class);
    private final Thread thread;

    private enum Queue {
        /** Sealed utterances, in work or not. */
        UTTERANCES,
        /** Transcripts that the receiver has not taken. */
        WEBHOOK,
        /** Of these, those that wait for another attempt. */
        RETRY;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How many, and since when the oldest; NaN and null while that is not known. */
    private static final class Waiting {
        private volatile double depth = Double.NaN;
        private volatile @Nullable ZonedDateTime oldest;

        void is(double now, @Nullable ZonedDateTime since) {
            oldest = now > 0 ? since : null;
            depth = now;
        }

        double age(Clock clock) {
            ZonedDateTime since = oldest;
            if (since != null) {
                return Math.max(
                        0, Duration.between(since.toInstant(), clock.instant()).toMillis());
            }
            return depth == 0 ? 0 : Double.NaN;
        }
    }

    public QueueGauges(NatsLink nats, Subjects subjects, Clock clock, Duration period, MeterRegistry metrics) {
        this.nats = nats;
        this.subjects = subjects;
        this.period = period;
        for (Queue queue : Queue.values()) {
            Waiting waiting = new Waiting();
            seen.put(queue, waiting);
            Gauge.builder("stt_queue_depth", waiting, each -> each.depth)
                    .tag("queue", queue.label())
                    .description("Messages of the whole pool that wait or are in work")
                    .register(metrics);
            TimeGauge.builder("stt_queue_age", waiting, TimeUnit.MILLISECONDS, each -> each.age(clock))
                    .tag("queue", queue.label())
                    .description("How long the oldest of them waits")
                    .register(metrics);
        }
        this.thread = Thread.ofVirtual().name("queue-gauges").start(this::run);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                look();
                Thread.sleep(period);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            if (!nats.isConnected()) {
                forget();
                return;
            }
            JetStreamManagement management = nats.management();
            work(management, Queue.UTTERANCES, subjects.utterancesStream());
            work(management, Queue.RETRY, subjects.retryStream());
            webhook(management);
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            log.debug("what waits in the streams is not known now ({})", e.toString());
            forget();
        }
    }

    private void forget() {
        seen.values().forEach(waiting -> waiting.is(Double.NaN, null));
    }

    /** A stream from which a message goes when it is done. One that is not there holds nothing. */
    private void work(JetStreamManagement management, Queue queue, String stream)
            throws IOException, JetStreamApiException {
        try {
            StreamState state = management.getStreamInfo(stream).getStreamState();
            waiting(queue).is((double) state.getMsgCount(), state.getFirstTime());
        } catch (JetStreamApiException e) {
            none(queue, e);
        }
    }

    /** What lies behind the webhook's cursor. */
    private void webhook(JetStreamManagement management) throws IOException, JetStreamApiException {
        try {
            ConsumerInfo cursor = management.getConsumerInfo(subjects.transcriptsStream(), subjects.webhook());
            long depth = cursor.getNumPending() + cursor.getNumAckPending();
            waiting(Queue.WEBHOOK)
                    .is(
                            (double) depth,
                            depth == 0
                                    ? null
                                    : after(management, cursor.getAckFloor().getStreamSequence()));
        } catch (JetStreamApiException e) {
            none(Queue.WEBHOOK, e);
        }
    }

    private @Nullable ZonedDateTime after(JetStreamManagement management, long sequence)
            throws IOException, JetStreamApiException {
        try {
            MessageInfo oldest = management.getNextMessage(subjects.transcriptsStream(), sequence + 1, ">");
            return oldest.getTime();
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return null; // it was answered for meanwhile
            }
            throw e;
        }
    }

    private void none(Queue queue, JetStreamApiException problem) throws JetStreamApiException {
        if (problem.getErrorCode() != NOT_FOUND) {
            throw problem;
        }
        waiting(queue).is(0, null);
    }

    private Waiting waiting(Queue queue) {
        return Objects.requireNonNull(seen.get(queue));
    }
}
