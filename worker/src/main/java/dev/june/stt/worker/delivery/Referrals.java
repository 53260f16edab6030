package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings an utterance together with the decode that its listener began in the pause, whichever worker the stream gave it to: that one
 * asks the listener, and the listener publishes the transcript and acks in its place. A listener that is gone, or has no such decode,
 * leaves it to the one who asked. An ack is a message to a subject, so that anybody can send it who knows the subject. Any thread.
 */
final class Referrals implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Referrals.class);
    private static final String ACK_SUBJECT = "June-Ack-Subject";
    private static final byte[] TAKEN = bytes("taken");
    private static final byte[] NOT_HERE = bytes("not here");

    /** Longer than a listener needs to answer; it has not decoded anything yet then. */
    private static final Duration ANSWER = Duration.ofMillis(500);

    /** Finished side by side; they wait for decodes that are in the recognizer's own bounded queue. */
    private static final int MAX_TAKEN = 256;

    private final NatsLink nats;
    private final Subjects subjects;
    private final JsonMapper json;
    private final Speculations speculations;
    private final Conclusion conclusion;
    private final Duration progress;
    private final ExecutorService inWork;
    private final Semaphore room = new Semaphore(MAX_TAKEN);
    private final Dispatcher dispatcher;

    /** @param inWork runs what was taken, each on a thread of its own */
    Referrals(DecodeLoop.Parts parts, Conclusion conclusion, ExecutorService inWork) {
        this.nats = parts.nats();
        this.subjects = parts.subjects();
        this.json = parts.json();
        this.speculations = parts.speculations();
        this.conclusion = conclusion;
        this.progress = parts.decoding().get().ackWait().dividedBy(3);
        this.inWork = inWork;
        this.dispatcher = nats.connection().createDispatcher(this::asked);
        dispatcher.subscribe(subjects.referrals(parts.worker()));
    }

    /** @return whether the listener finishes this message, its ack included */
    boolean isTakenByListener(Message message, NumberedUtterance utterance) throws InterruptedException {
        Message answer = nats.connection()
                .request(
                        NatsMessage.builder()
                                .subject(subjects.referrals(utterance.about().heardBy()))
                                .headers(new Headers().add(ACK_SUBJECT, message.getReplyTo()))
                                .data(json.writeValueAsBytes(utterance.header()))
                                .build(),
                        ANSWER);
        return answer != null && Arrays.equals(answer.getData(), TAKEN);
    }

    /** Waits until what was taken is finished. */
    boolean awaitFinished(Duration limit) throws InterruptedException {
        boolean finished = room.tryAcquire(MAX_TAKEN, limit.toNanos(), TimeUnit.NANOSECONDS);
        if (finished) {
            room.release(MAX_TAKEN);
        }
        return finished;
    }

    @Override
    public void close() {
        if (dispatcher.isActive()) {
            nats.connection().closeDispatcher(dispatcher);
        }
    }

    private void asked(Message question) {
        String ackSubject = DecodeLoop.header(question, ACK_SUBJECT);
        try {
            NumberedUtterance.Header utterance = json.readValue(question.getData(), NumberedUtterance.Header.class);
            Optional<Recognizer.Ticket> ticket =
                    speculations.take(utterance.sealed().key());
            boolean taken = ticket.isPresent() && room.tryAcquire();
            if (taken) {
                inWork.execute(() -> finish(utterance, ticket.get(), ackSubject));
            }
            nats.connection().publish(question.getReplyTo(), taken ? TAKEN : NOT_HERE);
        } catch (JacksonException e) {
            log.warn("a referral is not readable ({})", e.getOriginalMessage());
        } catch (IllegalStateException e) {
            log.debug("a referral is not answered ({})", e.toString());
        }
    }

    private void finish(NumberedUtterance.Header utterance, Recognizer.Ticket ticket, String ackSubject) {
        try {
            ticket.promote();
            Recognition recognition = await(ticket, ackSubject);
            boolean decoded =
                    !(recognition instanceof Recognition.Dropped || recognition instanceof Recognition.Failed);
            // Without the audio nothing can be set aside: what failed is given out again, to be judged with it.
            boolean done = decoded && conclusion.publish(utterance, recognition, () -> tell(ackSubject, "+WPI"));
            tell(ackSubject, done ? "+ACK" : "-NAK");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server gives it to another worker
        } catch (RuntimeException e) { // the edge of this utterance's thread
            log.error("an utterance that another worker referred to us could not be finished", e);
            tell(ackSubject, "-NAK");
        } finally {
            room.release();
        }
    }

    private Recognition await(Recognizer.Ticket ticket, String ackSubject) throws InterruptedException {
        while (true) {
            try {
                return ticket.result().get(progress.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                tell(ackSubject, "+WPI");
            } catch (ExecutionException e) {
                throw new IllegalStateException("a recognizer's future never fails", e);
            }
        }
    }

    private void tell(String ackSubject, String answer) {
        try {
            nats.connection().publish(ackSubject, bytes(answer));
        } catch (IllegalStateException e) {
            log.debug("an answer to the stream was not sent; it asks again in time ({})", e.toString());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
