package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** Answers at once with whatever the test says; remembers what it was asked. */
public final class FakeRecognizer implements Recognizer {
    private final Function<DecodeRequest, Recognition> answer;
    private final Queue<DecodeRequest> asked = new ConcurrentLinkedQueue<>();

    public FakeRecognizer(Function<DecodeRequest, Recognition> answer) {
        this.answer = answer;
    }

    public static Recognition.Text text(String text) {
        return text(text, List.of(new Transcript.Word(text, 0.1, 0.4, 0.9)));
    }

    /** Every word for itself. */
    public static Recognition.Text words(String text) {
        return text(
                text,
                Arrays.stream(text.split(" ", -1))
                        .map(word -> new Transcript.Word(word, 0.1, 0.4, 0.9))
                        .toList());
    }

    private static Recognition.Text text(String text, List<Transcript.Word> words) {
        return new Recognition.Text(
                text,
                words,
                new Transcript.Language("en", 0.99, Transcript.Language.Source.DECLARED),
                -0.2,
                null,
                new Recognition.Timing(Duration.ZERO, Duration.ofMillis(10)));
    }

    public List<DecodeRequest> asked() {
        return List.copyOf(asked);
    }

    @Override
    public Ticket submit(DecodeRequest request) {
        asked.add(request);
        CompletableFuture<Recognition> result = CompletableFuture.completedFuture(answer.apply(request));
        return new Ticket() {
            @Override
            public CompletableFuture<Recognition> result() {
                return result;
            }

            @Override
            public void cancel() {}

            @Override
            public void promote() {}
        };
    }

    @Override
    public String model() {
        return "fake";
    }

    @Override
    public double speed() {
        return 10;
    }

    @Override
    public int states() {
        return 2;
    }

    @Override
    public void close() {}
}
