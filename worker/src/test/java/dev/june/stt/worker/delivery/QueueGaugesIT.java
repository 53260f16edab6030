package dev.june.stt.worker.delivery;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.faults.TestDelivery;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits in real streams is seen, and nothing is claimed while the server is away. */
class QueueGaugesIT {
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");

    private final MeterRegistry metrics = new SimpleMeterRegistry();

    @Test
    void whatWaitsAndForHowLong(@TempDir Path folder) throws Exception {
        try (NatsServer server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
                NatsLink nats =
                        NatsLink.open(new Delivery.Nats(server.url(), null, 1), folder.resolve("none"), "test");
                QueueGauges _ = new QueueGauges(nats, SUBJECTS, Clock.systemUTC(), Duration.ofMillis(100), metrics)) {
            await(nats::isConnected);
            // Nothing is there yet: streams that do not exist hold nothing.
            await(() -> depth("utterances") == 0 && depth("webhook") == 0 && depth("retry") == 0);
            PipelineStreams shape = new PipelineStreams(SUBJECTS, TestDelivery.settings());
            for (var stream : shape.streams()) {
                nats.management().addStream(stream);
            }
            nats.management().addOrUpdateConsumer(SUBJECTS.transcriptsStream(), shape.webhook());

            for (int number = 1; number <= 3; number++) {
                nats.jetStream().publish(SUBJECTS.utterance("daily", "ann"), bytes());
            }
            nats.jetStream().publish(SUBJECTS.finalOf("daily", "ann", "TR_a-000001"), bytes());
            await(() -> depth("utterances") == 3 && age("utterances") > 0);
            await(() -> depth("webhook") == 1 && age("webhook") > 0);
            assertThat(depth("retry")).isZero();
            assertThat(age("retry")).isZero();

            Message taken = nats.connection()
                    .getStreamContext(SUBJECTS.transcriptsStream())
                    .getConsumerContext(SUBJECTS.webhook())
                    .next(Duration.ofSeconds(30));
            assertThat(taken).isNotNull();
            assertThat(depth("webhook")).as("in work still counts").isEqualTo(1);
            taken.ackSync(Duration.ofSeconds(30));
            nats.management().purgeStream(SUBJECTS.utterancesStream());
            await(() -> depth("webhook") == 0 && age("webhook") == 0);
            await(() -> depth("utterances") == 0 && age("utterances") == 0);

            server.kill();
            await(() -> Double.isNaN(depth("utterances")) && Double.isNaN(age("webhook")));
            server.restart();
            await(() -> depth("utterances") == 0);
        }
    }

    private double depth(String queue) {
        return metrics.get("stt_queue_depth").tag("queue", queue).gauge().value();
    }

    private double age(String queue) {
        return metrics.get("stt_queue_age").tag("queue", queue).timeGauge().value();
    }

    private static byte[] bytes() {
        return "{}".getBytes(StandardCharsets.UTF_8);
    }
}
