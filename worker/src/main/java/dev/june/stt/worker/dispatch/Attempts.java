package dev.june.stt.worker.dispatch;

import dev.june.stt.worker.delivery.DeadLetters;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The attempts at one delivery that have failed, each as one line: when, what kind, what was said. They travel in the headers of the parked
 * message and end up in the dead letter. Pure.
 */
record Attempts(List<String> lines) {
    private static final int MAX_LINE = 160;

    Attempts {
        lines = List.copyOf(lines);
    }

    static Attempts of(Message message) {
        Headers headers = message.getHeaders();
        List<String> lines = headers == null ? null : headers.get(DeadLetters.ATTEMPT_HEADER);
        return new Attempts(lines == null ? List.of() : lines);
    }

    int count() {
        return lines.size();
    }

    Attempts plus(Instant at, Answer answer) {
        String line =
                at + " " + answer.kind().label() + " " + answer.explanation().replaceAll("[^\\x20-\\x7e]", " ");
        List<String> more = new ArrayList<>(lines);
        more.add(line.length() <= MAX_LINE ? line : line.substring(0, MAX_LINE));
        return new Attempts(more);
    }
}
