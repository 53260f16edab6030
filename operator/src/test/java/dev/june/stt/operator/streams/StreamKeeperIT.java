package dev.june.stt.operator.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Subjects;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamKeeperIT {
    private static final ResourceID PIPELINE = new ResourceID("main", "stt");
    private static final Subjects SUBJECTS = new Subjects("stt", "main");
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    Path folder;

    private NatsServer server;
    private StreamKeeper keeper;

    @BeforeEach
    void start() {
        server = new NatsServer(folder);
        keeper = new StreamKeeper(pipeline -> {}, Duration.ofSeconds(1));
    }

    @AfterEach
    void stop() {
        keeper.close();
        server.close();
    }

    @Test
    void theServerItselfRefusesASecondFinalOfAnUtterance() throws Exception {
        awaitKept(wanted(delivery()));
        withNats(nats -> {
            String subject = SUBJECTS.finalOf("room", "anna", "TR_1-0001");
            nats.jetStream().publish(subject, bytes("first"));
            assertThatThrownBy(() -> nats.jetStream().publish(subject, bytes("second")))
                    .isInstanceOfSatisfying(
                            JetStreamApiException.class,
                            refused -> assertThat(refused.getApiErrorCode()).isEqualTo(10_077));
        });
    }

    @Test
    void anotherRetentionIsTakenOverAndWhatAPersonChangedIsTakenBack() throws Exception {
        awaitKept(wanted(delivery()));
        withNats(nats -> {
            StreamConfiguration made = stream(nats, SUBJECTS.transcriptsStream());
            nats.jetStreamManagement()
                    .updateStream(StreamConfiguration.builder(made)
                            .maxAge(Duration.ofHours(1))
                            .description("by hand")
                            .build());
            StreamsRequest longer = wanted(delivery("24h", 5));
            keeper.keep(PIPELINE, longer);
            await(() -> stream(nats, SUBJECTS.transcriptsStream()).getMaxAge().equals(Duration.ofHours(24)));
            assertThat(stream(nats, SUBJECTS.transcriptsStream()).getDescription())
                    .isEqualTo("by hand");
        });
    }

    @Test
    void aConsumerThatSomebodyDeletedIsMadeAgain() throws Exception {
        awaitKept(wanted(delivery()));
        withNats(nats -> {
            nats.jetStreamManagement().deleteConsumer(SUBJECTS.utterancesStream(), SUBJECTS.decoders());
            keeper.keep(PIPELINE, wanted(delivery("48h", 5)));
            await(() -> nats.jetStreamManagement()
                    .getConsumerNames(SUBJECTS.utterancesStream())
                    .contains(SUBJECTS.decoders()));
        });
    }

    @Test
    void aLimitOfDeliveriesAtTheServerIsLifted() throws Exception {
        withNats(nats -> {
            PipelineStreams shape = new PipelineStreams(SUBJECTS, delivery("24h", 9));
            nats.jetStreamManagement().addStream(shape.utterances());
            nats.jetStreamManagement()
                    .addOrUpdateConsumer(
                            SUBJECTS.utterancesStream(),
                            ConsumerConfiguration.builder(shape.decoders())
                                    .maxDeliver(9)
                                    .build());

            awaitKept(wanted(delivery("24h", 9)));
            assertThat(decoders(nats).getConsumerConfiguration().getMaxDeliver())
                    .isEqualTo(-1);
        });
    }

    @Test
    void aStreamThatCannotBeChangedIsExplainedAndHealsWhenItIsGone() throws Exception {
        withNats(nats -> {
            nats.jetStreamManagement()
                    .addStream(StreamConfiguration.builder()
                            .name(SUBJECTS.deadLettersStream())
                            .subjects(SUBJECTS.deadLetters())
                            .storageType(StorageType.Memory)
                            .build());
            StreamsState state =
                    await(wanted(delivery()), seen -> seen.trouble().isPresent());
            assertThat(state.trouble()).hasValueSatisfying(trouble -> {
                assertThat(trouble.reason()).isEqualTo("StreamDiffers");
                assertThat(trouble.message()).contains("STT_stt_main_DEADLETTERS: storage expected file, is memory");
            });
            nats.jetStreamManagement().deleteStream(SUBJECTS.deadLettersStream());
            awaitKept(wanted(delivery()));
        });
    }

    @Test
    void aServerThatIsAwayIsSaidAndTheStreamsAreMadeWhenItIsBack() {
        server.kill();
        assertThat(awaitTrouble(wanted(delivery())).reason()).isEqualTo("NatsUnreachable");
        server.restart();
        awaitKept(wanted(delivery()));
        server.kill();
        assertThat(awaitTrouble(wanted(delivery())).reason()).isEqualTo("NatsUnreachable");
        server.restart();
        awaitKept(wanted(delivery()));
    }

    @Test
    void refusedCredentialsAreSaidWithoutBeingShown() {
        server.restart(NatsServer.jetStream(folder) + "authorization {user: june, password: right}");
        Trouble trouble = awaitTrouble(wanted(
                new NatsAccess(server.url(), new NatsAccess.Credentials.UserPassword("june", "wrong"), null),
                delivery()));
        assertThat(trouble.reason()).isEqualTo("NatsCredentialsRefused");
        assertThat(trouble.message()).contains("user june").doesNotContain("wrong");
        assertThat(awaitTrouble(wanted(delivery())).reason()).isEqualTo("NatsCredentialsRefused");
        awaitKept(wanted(
                new NatsAccess(server.url(), new NatsAccess.Credentials.UserPassword("june", "right"), null),
                delivery()));
    }

    @Test
    void credentialsThatMakeNoSenseAreToldFromRefusedOnes() {
        server.restart(NatsServer.jetStream(folder) + "authorization {user: june, password: right}");
        Trouble trouble = awaitTrouble(wanted(
                new NatsAccess(
                        server.url(), new NatsAccess.Credentials.CredentialsFile("not a credentials file"), null),
                delivery()));
        assertThat(trouble.reason()).isEqualTo("NatsCredentialsUnusable");
        assertThat(awaitTrouble(wanted(new NatsAccess(server.url(), null, "not a certificate"), delivery()))
                        .message())
                .contains("ca.crt is not a certificate in PEM form");
    }

    @Test
    void aServerWithACertificateOfItsOwnIsTrustedByTheAuthorityInTheSecretAlone() throws Exception {
        Certificate files = Certificate.create(folder);
        server.restart(NatsServer.jetStream(folder)
                + "tls {cert_file: \"%s\", key_file: \"%s\"}".formatted(files.certificate(), files.key()));
        String url = server.url().replace("nats://", "tls://");
        Trouble trouble = awaitTrouble(wanted(NatsAccess.anonymous(url), delivery()));
        assertThat(trouble.reason()).as(trouble.message()).isEqualTo("NatsCertificateRefused");
        assertThat(trouble.message()).contains("ca.crt");
        awaitKept(wanted(new NatsAccess(url, null, Files.readString(files.certificate())), delivery()));
    }

    @Test
    void aUserWhoMayNotManageStreamsIsToldSo() {
        server.restart(NatsServer.jetStream(folder) + """
                authorization {users: [{user: june, password: right, permissions: {publish: "stt.>", subscribe: ">"}}]}
                """);
        Trouble trouble = awaitTrouble(wanted(
                new NatsAccess(server.url(), new NatsAccess.Credentials.UserPassword("june", "right"), null),
                delivery()));
        assertThat(trouble.reason()).as(trouble.message()).isEqualTo("NatsPermissionDenied");
    }

    @Test
    void aServerWithoutJetStreamIsSaidAndHeals() {
        server.restart("");
        Trouble none = awaitTrouble(wanted(delivery()));
        assertThat(none.reason()).as(none.message()).isEqualTo("JetStreamDisabled");
        server.restart(NatsServer.jetStream(folder));
        awaitKept(wanted(delivery()));
    }

    @Test
    void tooLittleStorageAndTooFewServersSayWhatToChange() {
        server.restart("jetstream {store_dir: \"" + folder.resolve("small") + "\", max_file_store: 64MB}");
        Trouble trouble = awaitTrouble(wanted(delivery()));
        assertThat(trouble.reason()).isEqualTo("NatsStorageExceeded");
        assertThat(trouble.message()).contains("delivery.maxQueueBytes");

        server.restart(NatsServer.jetStream(folder));
        Delivery threefold = new Delivery(
                new Delivery.Nats(server.url(), null, 3),
                null,
                new KubeDuration("24h"),
                new KubeDuration("24h"),
                new KubeDuration("10m"),
                16_777_216,
                5,
                new KubeDuration("30s"),
                8_388_608,
                Delivery.StreamDeletionPolicy.RETAIN);
        await(
                wanted(threefold),
                state -> state.trouble()
                        .filter(alone -> alone.reason().equals("NatsReplicasNotPossible"))
                        .isPresent());
    }

    @Test
    void theDocumentIsPublishedOnceAndReportsAreRead() throws Exception {
        awaitKept(wanted(delivery()));
        withNats(nats -> {
            var bucket = nats.keyValue(SUBJECTS.bucket());
            long revision = bucket.get(Keys.CONFIG).getRevision();
            bucket.put(
                    Keys.worker("w-0"),
                    "{\"worker\":\"w-0\",\"generation\":1,\"ready\":true,\"rooms\":2,\"participants\":5,\"later\":1}");
            bucket.put(Keys.worker("w-1"), "not JSON");
            StreamsState state = awaitKept(
                    wanted(delivery(), Set.of("w-0", "w-1", "w-2")),
                    seen -> !seen.reports().isEmpty());
            assertThat(state.reports()).singleElement().satisfies(report -> {
                assertThat(report.worker()).isEqualTo("w-0");
                assertThat(report.rooms()).isEqualTo(2);
                assertThat(report.refused()).isNull();
            });
            assertThat(bucket.get(Keys.CONFIG).getRevision()).isEqualTo(revision);
            assertThat(bucket.get(Keys.CONFIG).getValueAsString()).isEqualTo("{\"generation\":1}");
        });
    }

    @Test
    void aWebhookHasConsumersAndAStreamForRetriesAsLongAsItIsWanted() throws Exception {
        awaitKept(wanted(withWebhook()));
        withNats(nats -> {
            var management = nats.jetStreamManagement();
            assertThat(management.getConsumerNames(SUBJECTS.transcriptsStream()))
                    .containsExactly(SUBJECTS.webhook());
            assertThat(management.getConsumerNames(SUBJECTS.retryStream())).containsExactly(SUBJECTS.webhook());
            nats.jetStream().publish(SUBJECTS.finalOf("room", "anna", "TR_1-0001"), bytes("final"));
            nats.keyValue(SUBJECTS.bucket())
                    .put(
                            Keys.WEBHOOK_GONE,
                            "{\"url\":\"https://a\",\"generation\":1,\"since\":\"2026-11-24T12:00:00Z\"}");
            awaitKept(
                    wanted(withWebhook()),
                    state -> state.webhookGone()
                            .filter(gone -> gone.url().equals("https://a"))
                            .isPresent());

            awaitKept(wanted(delivery()));
            await(() ->
                    management.getConsumerNames(SUBJECTS.transcriptsStream()).isEmpty()
                            && !management.getStreamNames().contains(SUBJECTS.retryStream()));
            assertThat(management
                            .getStreamInfo(SUBJECTS.transcriptsStream())
                            .getStreamState()
                            .getMsgCount())
                    .isEqualTo(1);
        });
    }

    @Test
    void keptStreamsAreNotChangedOverAndOver() throws Exception {
        awaitKept(wanted(withWebhook()));
        withNats(nats -> {
            for (StreamConfiguration desired : new PipelineStreams(SUBJECTS, withWebhook()).streams()) {
                assertThat(StreamChange.between(stream(nats, desired.getName()), desired))
                        .isEqualTo(new StreamChange.None<StreamConfiguration>());
            }
            for (var desired : new PipelineStreams(SUBJECTS, withWebhook()).consumers()) {
                ConsumerInfo actual = nats.jetStreamManagement()
                        .getConsumerInfo(
                                desired.stream(), desired.configuration().getDurable());
                assertThat(StreamChange.between(actual, desired.configuration()))
                        .isEqualTo(new StreamChange.None<>());
            }
        });
    }

    @Test
    void removalTakesTheStreamsOrLeavesThemAndCanBeRepeated() throws Exception {
        awaitKept(wanted(delivery()));
        withNats(nats -> {
            await(removal(StreamsRequest.Removal.KEEP_STREAMS), StreamsState::removed);
            assertThat(nats.jetStreamManagement().getStreamNames())
                    .containsExactlyInAnyOrder(
                            SUBJECTS.utterancesStream(), SUBJECTS.transcriptsStream(), SUBJECTS.deadLettersStream());
            assertThat(nats.jetStreamManagement().getConsumerNames(SUBJECTS.utterancesStream()))
                    .isEmpty();
            keeper.forget(PIPELINE);

            await(removal(StreamsRequest.Removal.DELETE_STREAMS), StreamsState::removed);
            assertThat(nats.jetStreamManagement().getStreamNames()).isEmpty();
            keeper.forget(PIPELINE);

            await(removal(StreamsRequest.Removal.DELETE_STREAMS), StreamsState::removed);
        });
    }

    private Delivery delivery() {
        return delivery("24h", 5);
    }

    private Delivery delivery(String retention, int maxDeliver) {
        return new Delivery(
                new Delivery.Nats(server.url(), null, 1),
                null,
                new KubeDuration(retention),
                new KubeDuration("1m"),
                new KubeDuration("10m"),
                1_073_741_824,
                maxDeliver,
                new KubeDuration("30s"),
                8_388_608,
                Delivery.StreamDeletionPolicy.RETAIN);
    }

    private Delivery withWebhook() {
        return new Delivery(
                new Delivery.Nats(server.url(), null, 1),
                new Delivery.Webhook(
                        "https://a.example/x",
                        new SecretRef("webhook"),
                        new KubeDuration("15s"),
                        10,
                        List.of(new KubeDuration("5s")),
                        new Delivery.CircuitBreaker(50, 20, new KubeDuration("30s")),
                        false),
                new KubeDuration("24h"),
                new KubeDuration("1m"),
                new KubeDuration("10m"),
                1_073_741_824,
                5,
                new KubeDuration("30s"),
                8_388_608,
                Delivery.StreamDeletionPolicy.RETAIN);
    }

    private StreamsRequest wanted(Delivery delivery) {
        return wanted(delivery, Set.of());
    }

    private StreamsRequest wanted(Delivery delivery, Set<String> workers) {
        return new StreamsRequest(
                NatsAccess.anonymous(server.url()),
                new PipelineStreams(SUBJECTS, delivery),
                Optional.of("{\"generation\":1}"),
                1,
                workers,
                Optional.empty());
    }

    private static StreamsRequest wanted(NatsAccess access, Delivery delivery) {
        return new StreamsRequest(
                access, new PipelineStreams(SUBJECTS, delivery), Optional.empty(), 1, Set.of(), Optional.empty());
    }

    private StreamsRequest removal(StreamsRequest.Removal removal) {
        return new StreamsRequest(
                NatsAccess.anonymous(server.url()),
                new PipelineStreams(SUBJECTS, delivery()),
                Optional.empty(),
                0,
                Set.of(),
                Optional.of(removal));
    }

    private StreamsState awaitKept(StreamsRequest request) {
        return awaitKept(request, _ -> true);
    }

    private StreamsState awaitKept(StreamsRequest request, Predicate<StreamsState> more) {
        return await(request, state -> state.trouble().isEmpty() && !state.removed() && more.test(state));
    }

    private Trouble awaitTrouble(StreamsRequest request) {
        return await(request, state -> state.trouble().isPresent()).trouble().orElseThrow();
    }

    private StreamsState await(StreamsRequest request, Predicate<StreamsState> condition) {
        Instant end = Instant.now().plus(LIMIT);
        Optional<StreamsState> state;
        do {
            state = keeper.keep(PIPELINE, request);
            if (state.filter(condition).isPresent()) {
                return state.get();
            }
            pause();
        } while (Instant.now().isBefore(end));
        throw new AssertionError("not seen within " + LIMIT + ", last: " + state);
    }

    private interface Check {
        boolean holds() throws Exception;
    }

    private static void await(Check check) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        while (!check.holds()) {
            assertThat(Instant.now()).isBefore(end);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private interface WithNats {
        void accept(Connection nats) throws Exception;
    }

    private void withNats(WithNats work) throws Exception {
        Connection nats = Nats.connect(server.url());
        try {
            work.accept(nats);
        } finally {
            nats.close();
        }
    }

    private static StreamConfiguration stream(Connection nats, String name) throws Exception {
        return nats.jetStreamManagement().getStreamInfo(name).getConfiguration();
    }

    private static ConsumerInfo decoders(Connection nats) throws Exception {
        return nats.jetStreamManagement().getConsumerInfo(SUBJECTS.utterancesStream(), SUBJECTS.decoders());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
