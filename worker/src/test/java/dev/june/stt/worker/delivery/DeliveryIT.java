package dev.june.stt.worker.delivery;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.TestDelivery;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From a sealed utterance to its transcript, against a real NATS server. */
class DeliveryIT {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Subjects SUBJECTS = new Subjects("team-a", "meetings");

    /** Such that also a machine that stands still for a while gives the listener its turn. */
    private static final Duration HEAD_START = Duration.ofSeconds(6);

    @TempDir
    Path folder;

    private final Speculations speculations = new Speculations();
    private NatsServer server;
    private PipelineOnNats pipeline;
    private NatsLink nats;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        pipeline = new PipelineOnNats(server.url(), TestDelivery.settings(), folder);
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
    void everyUtteranceGetsOneFinalAndLeavesTheQueue() throws Exception {
        Outbox outbox = outbox();
        decodeLoop("worker-1", request -> FakeRecognizer.text("hello " + request.utteranceId()));

        for (int i = 1; i <= 20; i++) {
            assertThat(outbox.accept(utterance(i))).isTrue();
        }

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 20
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        JsonNode event = transcript(1);
        assertThat(event.path("type").asString()).isEqualTo("dev.june.stt.transcript.final.v1");
        assertThat(event.at("/data/text").asString()).isEqualTo("hello TR_a-000001");
        assertThat(event.at("/data/words/0/start").asDouble()).isEqualTo(0.6);
        assertThat(event.at("/data/worker").asString()).isEqualTo("worker-1");
    }

    @Test
    void anUtteranceThatComesTwiceHasOneFinal() throws Exception {
        Outbox outbox = outbox();
        decodeLoop("worker-1", request -> FakeRecognizer.text("first"));
        outbox.accept(utterance(1));
        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 1
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);

        // After a crash the spool gives it out again; its id is forgotten by the queue once it was acked and the server
        // restarted.
        server.restart();
        await(nats::isConnected);
        outbox.accept(utterance(1));
        await(() -> outbox.waiting() == 0 && pipeline.messages(SUBJECTS.utterancesStream()) == 0);

        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(1);
    }

    @Test
    void whatIsSealedWhileNatsIsAwayArrivesWhenItIsBack() throws Exception {
        Outbox outbox = outbox();
        decodeLoop("worker-1", request -> FakeRecognizer.text("late"));
        server.kill();
        for (int i = 1; i <= 5; i++) {
            assertThat(outbox.accept(utterance(i))).isTrue();
        }
        server.restart();

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 5
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        for (int i = 1; i <= 5; i++) {
            assertThat(transcript(i).at("/data/utteranceId").asString()).isEqualTo("TR_a-%06d".formatted(i));
        }
    }

    @Test
    void anUtteranceThatCannotBeDecodedIsADeadLetterAndItsVoidSaysSo() throws Exception {
        Outbox outbox = outbox();
        decodeLoop("worker-1", request -> new Recognition.Failed("loop", "the model repeats itself"));
        outbox.accept(utterance(1));

        await(() -> pipeline.messages(SUBJECTS.deadLettersStream()) == 1
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(transcript(1).at("/data/outcome").asString()).isEqualTo("failed");
        assertThat(transcript(1).at("/data/reason").asString()).isEqualTo("loop");
        MessageInfo dead = nats.management().getMessage(SUBJECTS.deadLettersStream(), 1);
        assertThat(dead.getHeaders().getFirst("June-Reason")).isEqualTo("loop");
        assertThat(new UtteranceCodec(JSON).decode(dead.getData()).samples())
                .isEqualTo(utterance(1).samples());
    }

    @Test
    void bytesThatAreNoUtteranceAreSetAside() throws Exception {
        decodeLoop("worker-1", request -> FakeRecognizer.text("never"));
        nats.jetStream()
                .publish(NatsMessage.builder()
                        .subject(SUBJECTS.utterance("daily", "ann"))
                        .data("not an utterance")
                        .build());

        await(() -> pipeline.messages(SUBJECTS.deadLettersStream()) == 1
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isZero();
    }

    @Test
    void aSilentUtteranceIsClosedByAVoid() throws Exception {
        Outbox outbox = outbox();
        decodeLoop(
                "worker-1",
                request -> new Recognition.NoWords(new Recognition.Timing(Duration.ZERO, Duration.ofMillis(1))));
        outbox.accept(utterance(1));

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 1);
        assertThat(transcript(1).at("/data/outcome").asString()).isEqualTo("empty");
    }

    @Test
    void twoWorkersShareTheQueueAndNeitherRepeatsTheOther() throws Exception {
        Outbox outbox = outbox();
        FakeRecognizer one = decodeLoop("worker-1", request -> FakeRecognizer.text("one"));
        FakeRecognizer two = decodeLoop("worker-2", request -> FakeRecognizer.text("two"));
        for (int i = 1; i <= 100; i++) {
            outbox.accept(utterance(i));
        }

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 100
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(one.asked().size() + two.asked().size()).isEqualTo(100);
    }

    @Test
    void whatWasBegunInThePauseIsTheFinalAndNothingIsDecodedTwice() throws Exception {
        Outbox outbox = outbox();
        FakeRecognizer recognizer = listener(outbox, "worker-1", request -> FakeRecognizer.text("decoded again"));
        FakeRecognizer before = new FakeRecognizer(request -> FakeRecognizer.text("begun in the pause"));
        SealedUtterance utterance = Utterances.sealed("key-1", Utterances.tone(8_000), "worker-1", true);
        speculations.keep("key-1", before.submit(Utterances.request(utterance)));
        outbox.accept(utterance);

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 1
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(transcript(1).at("/data/text").asString()).isEqualTo("begun in the pause");
        assertThat(recognizer.asked()).isEmpty();
    }

    /** The stream gives an utterance to any worker; with three others most go to somebody who has not heard it. */
    @Test
    void whatAListenerBeganIsTheFinalWhicheverWorkerTheUtteranceIsGivenTo() throws Exception {
        Outbox outbox = outbox();
        FakeRecognizer before = new FakeRecognizer(request -> FakeRecognizer.text("begun in the pause"));
        List<FakeRecognizer> others = new ArrayList<>();
        for (int worker = 2; worker <= 4; worker++) {
            FakeRecognizer other = new FakeRecognizer(request -> FakeRecognizer.text("decoded again"));
            newLoop("worker-" + worker, other, new Speculations());
            others.add(other);
        }
        others.add(listener(outbox, "worker-1", request -> FakeRecognizer.text("decoded again")));
        for (int i = 1; i <= 40; i++) {
            SealedUtterance utterance = Utterances.sealed("key-" + i, Utterances.tone(8_000), "worker-1", true);
            speculations.keep("key-" + i, before.submit(Utterances.request(utterance)));
            outbox.accept(utterance);
        }

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 40
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        for (int i = 1; i <= 40; i++) {
            assertThat(transcript(i).at("/data/text").asString()).isEqualTo("begun in the pause");
            assertThat(transcript(i).at("/data/worker").asString()).isEqualTo("worker-1");
        }
        assertThat(others).allSatisfy(other -> assertThat(other.asked()).isEmpty());
    }

    @Test
    void whatAListenerBeganThatIsGoneIsDecodedByAnother() throws Exception {
        Outbox outbox = outbox();
        decodeLoop("worker-2", request -> FakeRecognizer.text("decoded again"));
        outbox.accept(Utterances.sealed("key-1", Utterances.tone(8_000), "worker-that-died", true));

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 1
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(transcript(1).at("/data/text").asString()).isEqualTo("decoded again");
    }

    @Test
    void aListenersDecodeThatFailsIsJudgedWithTheAudio() throws Exception {
        Outbox outbox = outbox();
        decodeLoop("worker-2", request -> new Recognition.Failed("loop", "the model repeats itself"));
        listener(outbox, "worker-1", request -> new Recognition.Failed("loop", "it does"));
        FakeRecognizer before = new FakeRecognizer(request -> new Recognition.Failed("loop", "it did"));
        SealedUtterance utterance = Utterances.sealed("key-1", Utterances.tone(8_000), "worker-1", true);
        speculations.keep("key-1", before.submit(Utterances.request(utterance)));
        outbox.accept(utterance);

        await(() -> pipeline.messages(SUBJECTS.deadLettersStream()) == 1
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(transcript(1).at("/data/outcome").asString()).isEqualTo("failed");
    }

    @Test
    void drainFinishesWhatIsInTheStream() throws Exception {
        Outbox outbox = outbox();
        for (int i = 1; i <= 30; i++) {
            outbox.accept(utterance(i));
        }
        assertThat(outbox.awaitEmpty(Duration.ofSeconds(60))).isTrue();
        DecodeLoop loop = newLoop("worker-1", new FakeRecognizer(request -> FakeRecognizer.text("x")));

        assertThat(loop.drain(Duration.ofSeconds(60))).isTrue();
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(30);
    }

    @Test
    void anUtteranceThatHasAVoidGetsNoFinalAlsoWhenItsIdIsForgotten() throws Exception {
        nats.management()
                .updateStream(StreamConfiguration.builder(nats.management()
                                .getStreamInfo(SUBJECTS.transcriptsStream())
                                .getConfiguration())
                        .duplicateWindow(Duration.ofMillis(100))
                        .build());
        TranscriptStore store = new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC());
        var header = new NumberedUtterance.Header("TR_a-000001", 1, utterance(1).header(), null);
        var empty = Transcripts.voided(header, Transcript.Outcome.EMPTY, "no_words", "", "worker-1");
        var text = Transcripts.of(header, FakeRecognizer.text("late"), "", "fake", "worker-2", Utterances.NOW);

        assertThat(store.store(empty, 0)).isEqualTo(TranscriptStore.Outcome.STORED);
        Thread.sleep(1_000); // the server forgets the id
        assertThat(store.store(text, 0)).isEqualTo(TranscriptStore.Outcome.ALREADY_THERE);
        assertThat(pipeline.messages(SUBJECTS.transcriptsStream())).isEqualTo(1);
    }

    @Test
    void aDecodeThatItsListenerHasBegunIsStoredAtOnceAndNobodyDecodesAgain() throws Exception {
        Speculations speculations = new Speculations();
        FakeRecognizer listener = new FakeRecognizer(request -> FakeRecognizer.text("begun in the pause"));
        FakeRecognizer other = decodeLoop("worker-2", request -> FakeRecognizer.text("again"));
        Outbox outbox = outbox();
        outbox.serve(newLoop("worker-1", listener, speculations));
        for (int i = 1; i <= 10; i++) {
            speculations.keep("key-" + i, listener.submit(request(i)));
            outbox.accept(Utterances.sealed("key-" + i, Utterances.tone(8_000), "worker-1", true));
        }

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 10
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(listener.asked()).hasSize(10);
        assertThat(other.asked()).isEmpty();
        for (int i = 1; i <= 10; i++) {
            assertThat(transcript(i).at("/data/text").asString()).isEqualTo("begun in the pause");
        }
    }

    @Test
    void anUtteranceThatIsTooLargeForTheServerIsAVoidAndKeptOnTheDisk() throws Exception {
        server.restart(NatsServer.jetStream(folder.resolve("nats")) + "max_payload: 8192\n");
        await(nats::isConnected);
        Outbox outbox = outbox();
        decodeLoop("worker-1", request -> FakeRecognizer.text("small"));
        outbox.accept(Utterances.sealed("large", noise(20_000)));
        outbox.accept(Utterances.sealed("small", new short[500]));

        await(() -> pipeline.messages(SUBJECTS.transcriptsStream()) == 2
                && pipeline.messages(SUBJECTS.utterancesStream()) == 0);
        assertThat(transcript(1).at("/data/reason").asString()).isEqualTo("too_large");
        assertThat(transcript(2).at("/data/text").asString()).isEqualTo("small");
        await(() -> outbox.waiting() == 0);
        try (var kept = Files.list(folder.resolve("spool").resolve("quarantine"))) {
            assertThat(kept).hasSize(1);
        }
    }

    private static short[] noise(int count) {
        Random random = new Random(7);
        short[] samples = new short[count];
        for (int i = 0; i < count; i++) {
            samples[i] = (short) random.nextInt(1 << 16);
        }
        return samples;
    }

    private static DecodeRequest request(int number) {
        return new DecodeRequest(
                "TR_a-%06d".formatted(number),
                DecodeRequest.Priority.SPECULATIVE,
                Utterances.tone(8_000),
                "en",
                List.of(),
                List.of(),
                new DecodeRequest.SpeechEvidence(1, 0.9));
    }

    private Outbox outbox() {
        Outbox outbox = new Outbox(
                nats,
                SUBJECTS,
                new Numbering(new ExpiringKeys(nats, SUBJECTS.bucket()), Duration.ofHours(1), JSON),
                JSON,
                folder.resolve("spool"),
                1 << 24,
                new SimpleMeterRegistry());
        open.add(outbox);
        return outbox;
    }

    private FakeRecognizer decodeLoop(String worker, Function<DecodeRequest, Recognition> answer) {
        FakeRecognizer recognizer = new FakeRecognizer(answer);
        newLoop(worker, recognizer);
        return recognizer;
    }

    /** The worker that listens: its outbox tells its loop what is in the stream. */
    private FakeRecognizer listener(Outbox outbox, String worker, Function<DecodeRequest, Recognition> answer) {
        FakeRecognizer recognizer = new FakeRecognizer(answer);
        outbox.serve(newLoop(worker, recognizer));
        return recognizer;
    }

    private DecodeLoop newLoop(String worker, Recognizer recognizer) {
        return newLoop(worker, recognizer, speculations);
    }

    private DecodeLoop newLoop(String worker, Recognizer recognizer, Speculations speculations) {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        DecodeLoop loop = new DecodeLoop(
                new DecodeLoop.Parts(
                        nats,
                        SUBJECTS,
                        JSON,
                        new TranscriptStore(nats, SUBJECTS, JSON, Clock.systemUTC()),
                        speculations,
                        () -> recognizer,
                        _ -> new DecodeLoop.Decoding(List.of(), List.of(), 5, Duration.ofSeconds(30)),
                        new Ledger(metrics),
                        Clock.systemUTC(),
                        worker,
                        metrics,
                        (_, _) -> {}),
                HEAD_START);
        open.add(loop);
        return loop;
    }

    private static SealedUtterance utterance(int number) {
        return Utterances.sealed("key-" + number, Utterances.tone(8_000));
    }

    private JsonNode transcript(int number) throws IOException, JetStreamApiException {
        String id = "TR_a-%06d".formatted(number);
        for (String kind : List.of("final", "void")) {
            try {
                return JSON.readTree(nats.management()
                        .getLastMessage(SUBJECTS.transcriptsStream(), SUBJECTS.transcript(kind, "daily", "ann", id))
                        .getData());
            } catch (JetStreamApiException e) {
                assertThat(e.getErrorCode()).isEqualTo(404);
            }
        }
        throw new AssertionError(id + " has no transcript");
    }
}
