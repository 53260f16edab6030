package dev.june.stt.worker.delivery;

import io.nats.client.Connection;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client's own complaints, one line each. What they mean for an utterance is decided where the call was made. */
final class QuietErrors implements ErrorListener {
    private static final Logger log = LoggerFactory.getLogger(NatsLink.class);

    @Override
    public void errorOccurred(Connection connection, String error) {
        log.warn("NATS server error: {}", error);
    }

    @Override
    public void exceptionOccurred(Connection connection, Exception exception) {
        log.debug("NATS connection problem: {}", exception.toString());
    }

    @Override
    public void slowConsumerDetected(Connection connection, Consumer consumer) {
        log.warn("NATS says that we read too slowly, pending: {}", consumer.getPendingMessageCount());
    }
}
