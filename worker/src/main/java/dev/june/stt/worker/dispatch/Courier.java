package dev.june.stt.worker.dispatch;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DeadLetters;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.tracing.Stage;
import dev.june.stt.worker.tracing.TraceStep;
import io.nats.client.Message;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of one message: posted and acked; failed and parked, then acked; out of attempts, or no transcript at all, and
 * set aside, then acked. Whatever cannot be done safely leaves it to the server, which gives it out again. Any thread; two calls for the
 * same participant are made one after the other.
 */
final class Courier {
    private static final String STAGE = DeadLetters.WEBHOOK;

    private static final Logger log = LoggerFactory.getLogger(Courier.class);

    /** Enough for NATS to be away for a moment. A server that was killed may have forgotten whom it gave the message, and says nothing. */
    private static final int ACK_TRIES = 3;

    private static final Duration ACK_PAUSE = Duration.ofSeconds(1);

    /** Until a message is given out again that could be neither parked nor set aside. */
    private static final Duration UNSAFE = Duration.ofSeconds(10);

    /** A message that breaks us this often is set aside. */
    private static final int MAX_BREAKS = 5;

    private final Gate gate;
    private final Circuit circuit;
    private final WebhookClient client;
    private final Retries retries;
    private final DeadLetters deadLetters;
    private final Subjects subjects;
    private final Clock clock;
    private final DispatchMetrics metrics;
    private final Answered answered = new Answered();

    Courier(
            Gate gate,
            Circuit circuit,
            WebhookClient client,
            Retries retries,
            DeadLetters deadLetters,
            Subjects subjects,
            Clock clock,
            DispatchMetrics metrics) {
        this.gate = gate;
        this.circuit = circuit;
        this.client = client;
        this.retries = retries;
        this.deadLetters = deadLetters;
        this.subjects = subjects;
        this.clock = clock;
        this.metrics = metrics;
    }

    /** @param probe the pass of a circuit that is not closed, which lets this one message through; it is closed by the caller */
    void deliver(Message message, Optional<Circuit.Pass> probe) throws InterruptedException {
        if (answered.contains(message)) {
            ack(message);
            return;
        }
        WebhookEvent event;
        try {
            WebhookEvent parsed = WebhookEvent.of(subjects, message.getData());
            event = Retries.replay(message).map(parsed::replayed).orElse(parsed);
        } catch (WebhookEvent.MalformedEvent e) {
            finish(message, setAside(message, Attempts.of(message), "malformed", String.valueOf(e.getMessage())));
            return;
        }
        Optional<Endpoint> endpoint = gate.endpoint();
        Optional<Circuit.Pass> entered = endpoint.isEmpty() ? Optional.empty() : probe.or(circuit::enter);
        if (endpoint.isEmpty() || entered.isEmpty()) {
            message.nak();
            return;
        }
        try (Circuit.Pass pass = entered.get();
                TraceStep step = begin(message)) {
            Answer answer = client.post(event, endpoint.get());
            metrics.attempted(answer.kind());
            switch (answer.kind()) {
                case ACCEPTED -> {
                    pass.ended(true);
                    answered.add(message);
                    Duration sinceStored = Duration.between(Retries.storedAt(message), clock.instant());
                    metrics.delivered(event, sinceStored);
                    step.slowIf(sinceStored);
                    log.debug("a transcript is posted");
                    ack(message);
                }
                case GONE -> {
                    gate.gone(endpoint.get());
                    message.nak();
                }
                case REDIRECTED,
                        THROTTLED,
                        REFUSED,
                        SERVER_ERROR,
                        TIMEOUT,
                        UNKNOWN_HOST,
                        PRIVATE_ADDRESS,
                        TLS,
                        CONNECTION -> {
                    pass.ended(false);
                    step.failed(answer.kind().label());
                    failed(message, event, answer, RetryPlan.of(endpoint.get().webhook()));
                }
            }
        }
    }

    private static TraceStep begin(Message message) {
        return TraceStep.begin(
                        Stage.WEBHOOK,
                        utteranceOf(message),
                        Retries.traceparent(message).orElse(null))
                .with("stt.webhook.attempt", Attempts.of(message).count() + 1L);
    }

    /** A defect of ours, not the receiver's: it does not block the others, and is not repeated for ever. */
    void broken(Message message, RuntimeException e) {
        metrics.defect();
        log.error("a delivery broke and is left to be given out again; utterance={}", utteranceOf(message), e);
        long times = message.metaData().deliveredCount();
        if (times < MAX_BREAKS || !setAside(message, Attempts.of(message), "defect", e.toString())) {
            message.nakWithDelay(UNSAFE);
        } else {
            message.term();
        }
    }

    private void failed(Message message, WebhookEvent event, Answer answer, RetryPlan plan)
            throws InterruptedException {
        Instant now = clock.instant();
        Attempts attempts = Attempts.of(message).plus(now, answer);
        Optional<Duration> wait = plan.after(
                attempts.count(),
                answer.retryAfter(),
                ThreadLocalRandom.current().nextDouble());
        log.info(
                "an attempt failed; id={} attempt={} outcome={} {}",
                event.id(),
                attempts.count(),
                answer.kind().label(),
                wait.map(again -> "again in " + again).orElse("it was the last one"));
        if (wait.isPresent()) {
            boolean parked = retries.park(message, attempts, now.plus(wait.get()));
            if (parked) {
                metrics.parked();
            }
            finish(message, parked);
        } else {
            finish(message, setAside(message, attempts, answer.kind().label(), answer.explanation()));
        }
    }

    private boolean setAside(Message message, Attempts attempts, String reason, String explanation) {
        String tail = Retries.tail(message);
        log.warn("a transcript is set aside; utterance={} reason={}", utteranceOf(message), reason);
        return deadLetters.store(
                new DeadLetters.Letter(
                        STAGE,
                        subjects.deadOf(STAGE, Retries.utterance(message)),
                        "dead/" + STAGE + "/" + tail + "/" + Answered.nameOf(message),
                        subjects.dueOf(tail),
                        reason,
                        explanation,
                        Math.max(1, attempts.count()),
                        attempts.lines()),
                message.getData(),
                DeadLetters.replayOf(message.getHeaders()));
    }

    private static String utteranceOf(Message message) {
        String tail = Retries.utterance(message);
        return tail.substring(tail.lastIndexOf('.') + 1);
    }

    /** @param safe whether the message is somewhere else now */
    private static void finish(Message message, boolean safe) throws InterruptedException {
        if (safe) {
            ack(message);
        } else {
            message.nakWithDelay(UNSAFE);
        }
    }

    /** An ack that is lost costs a second post, or is made up for when the message comes again to this worker. */
    private static void ack(Message message) throws InterruptedException {
        for (int tried = 1; ; tried++) {
            try {
                message.ackSync(NatsLink.ANSWER);
                return;
            } catch (TimeoutException | IllegalStateException e) {
                if (tried == ACK_TRIES) {
                    log.warn("an ack was not answered; the delivery may be made once more ({})", e.toString());
                    return;
                }
                Thread.sleep(ACK_PAUSE);
            }
        }
    }
}
