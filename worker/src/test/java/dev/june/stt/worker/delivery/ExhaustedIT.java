package dev.june.stt.worker.delivery;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.TestDelivery;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.MessageInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Utterances that no worker survives or finishes end as a dead letter and a void, against a real NATS server. */
class ExhaustedIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");
    private static final int MAX_DELIVER = 3;
    private static final Duration ACK_WAIT = Duration.ofSeconds(1);
    private static final String POISON = "TR_a-000002";

    @TempDir
    Path folder;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<AutoCloseable> open = new ArrayList<>();
    private NatsServer server;
    private PipelineOnNats pipeline;
    private NatsLink nats;

    @BeforeEach
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        pipeline = new PipelineOnNats(server.url(), TestDelivery.settings(MAX_DELIVER, ACK_WAIT), folder);
        nats = pipeline.nats();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        pipeline.close();
        server.close();
    }

    @Test
    void anUtteranceThatEndsEveryWorkerIsSetAsideAndTheOthersAreDecoded() throws Exception {
        append(1, 2, 3);

        int started = 0;
        while (pipeline.messages(SUBJECTS.utterancesStream()) > 0 && started < 40) {
            started++;
            Process worker = poisoned();
            try {
                await(() -> !worker.isAlive() || pipeline.messages(SUBJECTS.utterancesStream()) == 0);
            } finally {
                worker.destroyForcibly().waitFor();
            }
        }

        // Not one for each delivery: some go to the pull of a worker that is dying.
        assertThat(started).as("workers started").isGreaterThan(1);
        assertThatPoisonIsSetAside();
        assertThat(transcript("final", "TR_a-000001").at("/data/text").asString())
                .isEqualTo("fine");
        assertThat(transcript("final", "TR_a-000003").at("/data/text").asString())
                .isEqualTo("fine");
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(3);
    }

    @Test
    void anUtteranceWhoseDecodeNeverEndsIsSetAsideAndTheOthersAreDecoded() throws Exception {
        append(1, 2, 3);
        decodeLoop(new HangingRecognizer());

        await(() -> pipeline.messages(SUBJECTS.utterancesStream()) == 0);

        assertThatPoisonIsSetAside();
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(3);
        assertThat(metrics.counter("stt_decodes_given_up_total").count()).isGreaterThanOrEqualTo(MAX_DELIVER);
        assertThatItsVoidIsCountedOnce();
    }

    @Test
    void whatAConsumerWithALimitHasStrandedIsSweptUp() throws Exception {
        append(2);
        limitDeliveries();
        exhaust(MAX_DELIVER);
        append(4); // waits, and is left alone
        await(
                () -> { // the stranded one is in no figure
                    ConsumerInfo seen =
                            nats.management().getConsumerInfo(SUBJECTS.utterancesStream(), SUBJECTS.decoders());
                    return seen.getNumAckPending() == 0 && seen.getNumPending() == 1;
                });

        sweeper();
        sweeper(); // two workers

        await(() -> pipeline.messages(SUBJECTS.utterancesStream()) == 1);
        assertThatPoisonIsSetAside();
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(1);
        await(() -> metrics.get("stt_dead_letters_waiting").gauge().value() == 1);
        assertThatItsVoidIsCountedOnce();
    }

    @Test
    void whatIsInWorkIsNotSweptUp() throws Exception {
        append(1, 2, 3);
        nats.management()
                .addOrUpdateConsumer(
                        SUBJECTS.utterancesStream(),
                        ConsumerConfiguration.builder(pipeline.shape.decoders())
                                .ackWait(Duration.ofMinutes(10))
                                .build());
        List<Message> taken = new ArrayList<>();
        while (taken.size() < 3) {
            taken.addAll(fetch(3 - taken.size()));
        }
        taken.get(2).ackSync(Duration.ofSeconds(10));
        taken.get(0).nakWithDelay(Duration.ofMinutes(10));
        sweeper();
        await(() -> metrics.get("stt_dead_letters_waiting").gauge().value() == 0);

        nats.jetStream().publish(SUBJECTS.dead("decode", "daily", "bob", "TR_b-000001"), payload(9));
        await(() -> metrics.get("stt_dead_letters_waiting").gauge().value() == 1); // a whole round lies between the two

        assertThat(pipeline.messages(SUBJECTS.utterancesStream())).isEqualTo(2);
        assertThat(pipeline.messages(SUBJECTS.deadLettersStream())).isEqualTo(1);
    }

    @Test
    void anUtteranceWhoseFinalIsStoredIsNoDeadLetterHoweverOftenItsAckWasLost() throws Exception {
        append(2);
        nats.management()
                .addOrUpdateConsumer(
                        SUBJECTS.utterancesStream(),
                        ConsumerConfiguration.builder(pipeline.shape.decoders())
                                .ackWait(Duration.ofMillis(200))
                                .build());
        new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC())
                .store(
                        Transcripts.of(
                                new UtteranceCodec(JSON).decode(payload(2)).header(),
                                FakeRecognizer.text("stored"),
                                "",
                                "fake",
                                "worker-1",
                                Utterances.NOW),
                        0);
        exhaust(MAX_DELIVER + 1);
        decodeLoop(new FakeRecognizer(_ -> new Recognition.Failed("never", "it is not asked")));

        await(() -> pipeline.messages(SUBJECTS.utterancesStream()) == 0);

        assertThat(pipeline.messages(SUBJECTS.deadLettersStream())).isZero();
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(1);
    }

    private void assertThatItsVoidIsCountedOnce() throws Exception {
        // Of two that end it, the one that counts may not be the one whose doing is seen first.
        await(() -> metrics.counter("stt_transcripts_sent_total", "type", "void", "variant", "")
                        .count()
                > 0);
        assertThat(metrics.counter("stt_transcripts_sent_total", "type", "void", "variant", "")
                        .count())
                .isEqualTo(1);
        assertThat(metrics.counter("stt_utterances_total", "state", "failed", "variant", "")
                        .count())
                .isEqualTo(1);
    }

    private void assertThatPoisonIsSetAside() throws IOException, JetStreamApiException {
        assertThat(pipeline.messages(SUBJECTS.deadLettersStream())).isEqualTo(1);
        MessageInfo dead = nats.management().getMessage(SUBJECTS.deadLettersStream(), 1);
        assertThat(dead.getHeaders().getFirst(MessageHeaders.REASON)).isEqualTo("max_deliveries");
        assertThat(dead.getSubject()).isEqualTo(SUBJECTS.dead("decode", "daily", "ann", POISON));
        assertThat(new UtteranceCodec(JSON).decode(dead.getData()).samples()).isEqualTo(samples());
        JsonNode voided = transcript("void", POISON);
        assertThat(voided.at("/data/outcome").asString()).isEqualTo("failed");
        assertThat(voided.at("/data/reason").asString()).isEqualTo("max_deliveries");
    }

    /** Answers all but one, which it keeps forever. */
    private static final class HangingRecognizer implements Recognizer {
        private final FakeRecognizer others = new FakeRecognizer(_ -> FakeRecognizer.text("fine"));

        @Override
        public Ticket submit(DecodeRequest request) {
            if (!request.utteranceId().equals(POISON)) {
                return others.submit(request);
            }
            CompletableFuture<Recognition> never = new CompletableFuture<>();
            return new Ticket() {
                @Override
                public CompletableFuture<Recognition> result() {
                    return never;
                }

                @Override
                public void cancel() {}

                @Override
                public void promote() {}
            };
        }

        @Override
        public String model() {
            return "hanging";
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

    private Process poisoned() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Poisoned.class.getName(),
                        server.url(),
                        POISON,
                        Long.toString(ACK_WAIT.toMillis()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("poisoned.log").toFile())
                .start();
    }

    private void decodeLoop(Recognizer recognizer) {
        open.add(new DecodeLoop(new DecodeLoop.Parts(
                nats,
                SUBJECTS,
                JSON,
                new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC()),
                new Speculations(),
                () -> recognizer,
                _ -> new DecodeLoop.Decoding(List.of(), List.of(), MAX_DELIVER, ACK_WAIT),
                new Ledger(metrics),
                Clock.systemUTC(),
                "worker-1",
                metrics,
                (_, _) -> {})));
    }

    private Sweeper sweeper() {
        Sweeper sweeper = new Sweeper(
                nats,
                SUBJECTS,
                JSON,
                new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC()),
                new Ledger(metrics),
                Clock.systemUTC(),
                "worker-1",
                Duration.ofMillis(200),
                metrics);
        open.add(sweeper);
        return sweeper;
    }

    private void limitDeliveries() throws IOException, JetStreamApiException {
        nats.management()
                .addOrUpdateConsumer(
                        SUBJECTS.utterancesStream(),
                        ConsumerConfiguration.builder(pipeline.shape.decoders())
                                .maxDeliver(MAX_DELIVER)
                                .ackWait(Duration.ofMillis(200))
                                .build());
    }

    /** Takes it so often without an answer; once more, so that a server with a limit notices. */
    private void exhaust(int deliveries) throws Exception {
        for (int taken = 0; taken < deliveries; ) {
            taken += fetch(1).size();
        }
        await(() -> nats.management()
                                .getConsumerInfo(SUBJECTS.utterancesStream(), SUBJECTS.decoders())
                                .getNumAckPending()
                        == 0
                || fetch(1).size() == 1);
    }

    private List<Message> fetch(int count) throws Exception {
        List<Message> messages = new ArrayList<>();
        try (FetchConsumer fetch = nats.connection()
                .getStreamContext(SUBJECTS.utterancesStream())
                .getConsumerContext(SUBJECTS.decoders())
                .fetch(FetchConsumeOptions.builder()
                        .maxMessages(count)
                        .expiresIn(1_000)
                        .build())) {
            for (Message message = fetch.nextMessage(); message != null; message = fetch.nextMessage()) {
                messages.add(message);
            }
        }
        return messages;
    }

    private void append(int... numbers) throws IOException, JetStreamApiException {
        for (int number : numbers) {
            nats.jetStream().publish(SUBJECTS.utterance("daily", "ann"), payload(number));
        }
    }

    private static byte[] payload(int number) {
        return Utterances.payload("TR_a-%06d".formatted(number), number, samples());
    }

    private static short[] samples() {
        return Utterances.tone(8_000);
    }

    private JsonNode transcript(String kind, String id) throws IOException, JetStreamApiException {
        return JSON.readTree(nats.management()
                .getLastMessage(SUBJECTS.transcriptsStream(), SUBJECTS.transcript(kind, "daily", "ann", id))
                .getData());
    }
}
