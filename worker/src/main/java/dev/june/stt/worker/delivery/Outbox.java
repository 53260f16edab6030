package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes sealed utterances and appends them to the UTTERANCES stream, in order, numbered, with the utterance id as the message id. Between
 * the two they are on the local disk. A publish that fails has an unknown outcome: the same message is sent again until the server says it
 * has it.
 */
public final class Outbox implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final NatsLink nats;
    private final Subjects subjects;
    private final Numbering numbering;
    private final UtteranceCodec codec;
    private final Spool spool;
    private final Counter retries;
    private final Thread appender;
    private volatile boolean closing;

    public Outbox(
            NatsLink nats,
            Subjects subjects,
            Numbering numbering,
            JsonMapper json,
            Path folder,
            long capacity,
            MeterRegistry metrics) {
        this.nats = nats;
        this.subjects = subjects;
        this.numbering = numbering;
        this.codec = new UtteranceCodec(json);
        this.spool = new Spool(folder, capacity);
        this.retries = Counter.builder("stt_publish_retries_total")
                .tag("stage", "append")
                .description("Publishes that were tried again")
                .register(metrics);
        Gauge.builder("stt_spool_bytes", spool, Spool::bytes)
                .description("Sealed utterances that wait on the local disk")
                .register(metrics);
        Gauge.builder("stt_spool_utterances", spool, Spool::depth)
                .description("Sealed utterances that wait on the local disk")
                .register(metrics);
        this.appender = Thread.ofVirtual().name("outbox").start(this::run);
    }

    /**
     * Takes an utterance over; when this returns true it is on the disk and will be decoded, whatever happens to this process. Waits for
     * the disk.
     *
     * @return false if the spool is full; the caller keeps it and asks again
     */
    public boolean accept(SealedUtterance utterance) throws IOException {
        return spool.append(codec.encode(utterance));
    }

    /** Share of the spool that is taken, from 0 to 1; admission closes well before 1. */
    public double fill() {
        return spool.fill();
    }

    /** Waits until everything is appended, or the time is up. */
    public boolean awaitEmpty(Duration limit) throws InterruptedException {
        return spool.awaitEmpty(limit);
    }

    /** Utterances that are still only on this disk. */
    public int waiting() {
        return spool.depth();
    }

    @Override
    public void close() {
        closing = true;
        appender.interrupt();
        spool.close();
    }

    private void run() {
        try {
            for (Optional<byte[]> next = spool.peek(); next.isPresent(); next = spool.peek()) {
                appendUntilStored(next.get());
                spool.remove();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            if (!closing) {
                log.error("the spool cannot be read; its utterances stay there until the worker starts again", e);
            }
        }
    }

    private void appendUntilStored(byte[] payload) throws InterruptedException {
        SealedUtterance.Header header;
        try {
            header = codec.sealedHeader(payload);
        } catch (UtteranceCodec.MalformedUtterance e) {
            log.error("a spooled utterance is not readable and is left out: {}", e.getMessage());
            return;
        }
        Duration wait = FIRST_WAIT;
        while (true) {
            try {
                Numbering.Assigned numbers = numbering.assign(header);
                nats.jetStream().publish(messageOf(header, numbers, payload));
                return;
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                retries.increment();
                log.warn("an utterance is not appended yet, trying again in {} ({})", wait, e.toString());
                Thread.sleep(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    private Message messageOf(SealedUtterance.Header header, Numbering.Assigned numbers, byte[] payload) {
        String id = Numbering.id(header.origin().track(), numbers.inTrack());
        Headers headers = new Headers().add(MessageHeaders.MESSAGE_ID, id).add(MessageHeaders.UTTERANCE_ID, id);
        return NatsMessage.builder()
                .subject(subjects.utterance(
                        header.origin().room(), header.origin().participant().identity()))
                .headers(headers)
                .data(codec.numbered(payload, id, numbers.sequence()))
                .build();
    }
}
