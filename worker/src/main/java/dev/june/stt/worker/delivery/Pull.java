package dev.june.stt.worker.delivery;

import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * One pull from a consumer: what the server gives out for it, message by message. It fails in two ways only, and both are the server's: it
 * gives no answer or ends the pull ({@link IOException}), or it refuses ({@link JetStreamApiException}). Either passes when the server is
 * well again; anything else is a defect. One thread.
 */
public final class Pull implements AutoCloseable {
    private final FetchConsumer fetch;

    private Pull(FetchConsumer fetch) {
        this.fetch = fetch;
    }

    public static Pull from(ConsumerContext consumer, FetchConsumeOptions options)
            throws IOException, JetStreamApiException {
        return new Pull(consumer.fetch(options));
    }

    /** The next message; empty when the pull is over. Waits as long as its options say. */
    public Optional<Message> next() throws IOException, InterruptedException {
        try {
            return Optional.ofNullable(fetch.nextMessage());
        } catch (JetStreamStatusCheckedException e) {
            throw ended(e);
        }
    }

    /** Pulls one message; empty if there is none in time. */
    public static Optional<Message> one(ConsumerContext consumer, Duration limit)
            throws IOException, JetStreamApiException, InterruptedException {
        try {
            return Optional.ofNullable(consumer.next(limit));
        } catch (JetStreamStatusCheckedException e) {
            throw ended(e);
        }
    }

    @Override
    public void close() {
        try {
            fetch.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // declared by AutoCloseable; the library throws none
            throw new IllegalStateException(e);
        }
    }

    /** The consumer was deleted, say. */
    private static IOException ended(JetStreamStatusCheckedException e) {
        return new IOException("the server ended the pull: " + e.getMessage(), e);
    }
}
