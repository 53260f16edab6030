package dev.june.stt.worker.delivery;

import dev.june.stt.config.Delivery;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.recognition.FakeRecognizer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** A worker process of its own that one utterance ends on the spot, as a fault in native code would. */
final class Poisoned {
    private Poisoned() {}

    /**
     * @param arguments the server's address, the id of the utterance that ends it, and the time of a decode in milliseconds
     */
    public static void main(String[] arguments) throws InterruptedException {
        NatsLink nats = NatsLink.open(new Delivery.Nats(arguments[0], null, 1), Path.of("none"), "poisoned");
        Subjects subjects = new Subjects("team-a", "meetings");
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        FakeRecognizer recognizer = new FakeRecognizer(request -> {
            if (request.utteranceId().equals(arguments[1])) {
                Runtime.getRuntime().halt(139);
            }
            return FakeRecognizer.text("fine");
        });
        try (DecodeLoop _ = new DecodeLoop(new DecodeLoop.Parts(
                nats,
                subjects,
                JsonMapper.shared(),
                new TranscriptStore(nats, subjects, JsonMapper.shared(), Clock.systemUTC()),
                new Speculations(),
                () -> recognizer,
                _ -> new DecodeLoop.Decoding(List.of(), List.of(), 3, Duration.ofMillis(Long.parseLong(arguments[2]))),
                new Ledger(metrics),
                Clock.systemUTC(),
                "poisoned",
                metrics,
                (_, _) -> {}))) {
            Thread.sleep(Duration.ofMinutes(5)); // the test ends it
        }
    }
}
