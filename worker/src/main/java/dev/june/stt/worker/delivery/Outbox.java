package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.tracing.Stage;
import dev.june.stt.worker.tracing.TraceStep;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
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

    /** Why an utterance is not decoded: another worker, which owns the room more rightly, hears the same speech. */
    static final String SUPERSEDED = "superseded";

    /** Why an utterance is not decoded: the server takes no message of its size. */
    static final String TOO_LARGE = "too_large";

    /** More than the headers of a message and the numbers in its payload take. */
    private static final int ENVELOPE = 2_048;

    private final NatsLink nats;
    private final Subjects subjects;
    private final Numbering numbering;
    private final UtteranceCodec codec;
    private final Spool spool;
    private final Counter retries;
    private final Counter superseded;
    private final Thread appender;
    private volatile Consumer<NumberedUtterance.Header> appended = _ -> {};

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
        this.retries = retries(metrics, "append");
        Gauge.builder("stt_spool_bytes", spool, Spool::bytes)
                .description("Sealed utterances that wait on the local disk")
                .register(metrics);
        Gauge.builder("stt_spool_utterances", spool, Spool::depth)
                .description("Sealed utterances that wait on the local disk")
                .register(metrics);
        Gauge.builder("stt_spool_fill_ratio", spool, Spool::fill)
                .description("Share of the spool that is taken, from 0 to 1; rooms are refused from 0.8 on")
                .register(metrics);
        FunctionCounter.builder("stt_spool_quarantined_total", spool, Spool::quarantined)
                .description("Spooled utterances that could not be appended and are kept on the local disk")
                .register(metrics);
        this.superseded = Counter.builder("stt_utterances_superseded_total")
                .description("Utterances of speech that another worker, which owns the room more rightly, heard too")
                .register(metrics);
        this.appender = Thread.ofVirtual().name("outbox").start(this::run);
    }

    static Counter retries(MeterRegistry metrics, String stage) {
        return Counter.builder("stt_publish_retries_total")
                .tag("stage", stage)
                .description("Publishes that were tried again")
                .register(metrics);
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

    /** The loop that is told of each utterance when it is in the stream. */
    public void serve(DecodeLoop decodes) {
        appended = decodes::appended;
    }

    @Override
    public void close() {
        spool.close(); // first: an interrupted thread would close the files under everybody
        appender.interrupt();
    }

    private void run() {
        try {
            for (Optional<byte[]> next = spool.peek(); next.isPresent(); next = spool.peek()) {
                settle(next.get());
                spool.remove();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void settle(byte[] payload) throws InterruptedException {
        SealedUtterance.Header header;
        try {
            header = codec.sealedHeader(payload);
        } catch (UtteranceCodec.MalformedUtterance e) {
            spool.setAside(payload, "it is no utterance (" + e.getMessage() + ")");
            return;
        }
        if (appendUntilStored(header, payload).equals(Optional.of(TOO_LARGE))) {
            spool.setAside(payload, "the server takes no message of its size, " + payload.length + " bytes");
        }
    }

    /** @return why it is not to be decoded */
    private Optional<String> appendUntilStored(SealedUtterance.Header header, byte[] payload)
            throws InterruptedException {
        Duration wait = FIRST_WAIT;
        while (true) {
            try {
                Optional<String> refusal = refusal(header, payload);
                Numbering.Assigned numbers = numbering.assign(header);
                append(header, numbers, payload, refusal);
                return refusal;
            } catch (IOException
                    | UncheckedIOException
                    | JetStreamApiException
                    | IllegalStateException
                    | IllegalArgumentException e) { // the last: larger than the server said since it was asked
                retries.increment();
                log.warn("an utterance is not appended yet, trying again in {} ({})", wait, e.toString());
                Thread.sleep(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    private void append(
            SealedUtterance.Header header, Numbering.Assigned numbers, byte[] payload, Optional<String> refusal)
            throws IOException, JetStreamApiException {
        String id = id(header, numbers);
        try (TraceStep step = TraceStep.begunAt(header.endedAt(), Stage.APPEND, id, header.traceparent())) {
            refusal.ifPresent(step::failed);
            try {
                nats.jetStream().publish(messageOf(header, numbers, payload, refusal, step));
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                step.failed("not_appended");
                throw e;
            }
            log.debug("an utterance is appended");
            tell(header.tracedBy(step.traceparent().orElse(null)), numbers, refusal);
        }
    }

    private Optional<String> refusal(SealedUtterance.Header header, byte[] payload)
            throws IOException, JetStreamApiException {
        long largest = nats.connection().getServerInfo().getMaxPayload();
        if (largest > 0 && payload.length + ENVELOPE > largest) {
            return Optional.of(TOO_LARGE);
        }
        return numbering.isSuperseded(header) ? Optional.of(SUPERSEDED) : Optional.empty();
    }

    private void tell(SealedUtterance.Header header, Numbering.Assigned numbers, Optional<String> refusal) {
        appended.accept(
                new NumberedUtterance.Header(id(header, numbers), numbers.sequence(), header, refusal.orElse(null)));
        if (refusal.equals(Optional.of(SUPERSEDED))) {
            log.warn("an utterance of a room that has another owner is not decoded: {}", id(header, numbers));
            superseded.increment();
        }
    }

    private static String id(SealedUtterance.Header header, Numbering.Assigned numbers) {
        return Numbering.id(header.origin().track(), numbers.inTrack());
    }

    private Message messageOf(
            SealedUtterance.Header header,
            Numbering.Assigned numbers,
            byte[] payload,
            Optional<String> refusal,
            TraceStep step) {
        String id = id(header, numbers);
        Headers headers = new Headers().add(MessageHeaders.MESSAGE_ID, id).add(MessageHeaders.UTTERANCE_ID, id);
        step.traceparent().ifPresent(trace -> headers.add(MessageHeaders.TRACEPARENT, trace));
        return NatsMessage.builder()
                .subject(subjects.utterance(
                        header.origin().room(), header.origin().participant().identity()))
                .headers(headers)
                .data(refusal.map(reason ->
                                codec.refused(payload, id, numbers.sequence(), reason, !reason.equals(TOO_LARGE)))
                        .orElseGet(() -> codec.numbered(payload, id, numbers.sequence())))
                .build();
    }
}
