package dev.june.stt.worker.dispatch;

import io.nats.client.Message;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The messages in hand. Any thread; as many as the intakes hold at most. */
final class Held {
    private final Set<Message> messages = ConcurrentHashMap.newKeySet();

    void add(Message message) {
        messages.add(message);
    }

    void remove(Message message) {
        messages.remove(message);
    }

    /** Tells the server that they are still in work, however long a lane or a receiver takes. */
    void stillInWork() {
        messages.forEach(Message::inProgress);
    }
}
