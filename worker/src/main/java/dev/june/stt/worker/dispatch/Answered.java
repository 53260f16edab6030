package dev.june.stt.worker.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nats.client.Message;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last messages that the receiver has and whose ack the server may have missed: when one comes again, it is acked and not posted
 * again. By message and not by utterance, because a replay is meant to be posted. Any thread.
 */
final class Answered {
    private static final int REMEMBERED = 4_096;

    @GuardedBy("this")
    private final Map<String, Boolean> messages = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    synchronized void add(Message message) {
        messages.put(nameOf(message), true);
    }

    synchronized boolean contains(Message message) {
        return messages.containsKey(nameOf(message));
    }

    /** Its place in JetStream: no other message ever has it. */
    static String nameOf(Message message) {
        return message.metaData().getStream() + "-" + message.metaData().streamSequence();
    }
}
