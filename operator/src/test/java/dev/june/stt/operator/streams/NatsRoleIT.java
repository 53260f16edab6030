package dev.june.stt.operator.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import dev.june.stt.streams.NatsRole;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's NATS user may do what the operator does, from the first stream to the last. */
class NatsRoleIT {
    private static final ResourceID PIPELINE = new ResourceID("main", "stt");
    private static final Subjects SUBJECTS = new Subjects("stt", "main");
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    @Test
    void itMakesChangesAndRemovesEverythingOfItsPipelineAndOfNoOther() throws Exception {
        NatsRole operator = NatsRole.operator(SUBJECTS);
        NatsRole worker = NatsRole.worker(SUBJECTS);
        String passwords = operator.passwordVariable() + ": one\n" + worker.passwordVariable() + ": other\n";
        try (NatsServer server = new NatsServer(
                        folder,
                        NatsServer.jetStream(folder) + passwords + NatsRole.authorization(List.of(operator, worker)));
                StreamKeeper keeper = new StreamKeeper(_ -> {})) {
            NatsAccess own = access(server, operator, "one");
            await(keeper, request(own, SUBJECTS, webhook("24h"), null), NatsRoleIT::isKept);
            await(keeper, request(own, SUBJECTS, webhook("48h"), null), NatsRoleIT::isKept);
            await(keeper, request(own, SUBJECTS, delivery("48h", null), null), NatsRoleIT::isKept);
            assertDenied(keeper, request(own, new Subjects("stt", "other"), delivery("48h", null), null));
            assertDenied(keeper, request(access(server, worker, "other"), SUBJECTS, webhook("48h"), null));
            await(
                    keeper,
                    request(own, SUBJECTS, delivery("48h", null), StreamsRequest.Removal.DELETE_STREAMS),
                    StreamsState::removed);
        }
    }

    private static void assertDenied(StreamKeeper keeper, StreamsRequest request) throws Exception {
        StreamsState refused = await(keeper, request, state -> state.trouble().isPresent());
        assertThat(refused.trouble().orElseThrow().reason()).isEqualTo("NatsPermissionDenied");
    }

    private static boolean isKept(StreamsState state) {
        return state.trouble().isEmpty() && !state.removed();
    }

    private static StreamsState await(StreamKeeper keeper, StreamsRequest request, Predicate<StreamsState> condition)
            throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        keeper.forget(PIPELINE);
        Optional<StreamsState> state = Optional.empty();
        while (Instant.now().isBefore(end)) {
            state = keeper.keep(PIPELINE, request);
            if (state.filter(condition).isPresent()) {
                return state.get();
            }
            Thread.sleep(50);
        }
        throw new AssertionError("not seen within " + LIMIT + ", last: " + state);
    }

    private static NatsAccess access(NatsServer server, NatsRole role, String password) {
        return new NatsAccess(server.url(), new NatsAccess.Credentials.UserPassword(role.name(), password), null);
    }

    private static StreamsRequest request(
            NatsAccess access, Subjects subjects, Delivery delivery, StreamsRequest.@Nullable Removal removal) {
        return new StreamsRequest(
                access,
                new PipelineStreams(subjects, delivery),
                removal == null ? Optional.of("{\"generation\":1}") : Optional.empty(),
                1,
                Set.of("worker-1"),
                Optional.ofNullable(removal));
    }

    private static Delivery webhook(String retention) {
        return delivery(
                retention,
                new Delivery.Webhook(
                        "https://receiver.example/",
                        new SecretRef("webhook"),
                        new KubeDuration("15s"),
                        10,
                        List.of(new KubeDuration("5s")),
                        new Delivery.CircuitBreaker(50, 20, new KubeDuration("30s")),
                        false));
    }

    private static Delivery delivery(String retention, Delivery.@Nullable Webhook webhook) {
        return new Delivery(
                new Delivery.Nats("nats://unused:1", null, 1),
                webhook,
                new KubeDuration(retention),
                new KubeDuration("24h"),
                new KubeDuration("10m"),
                1 << 28,
                5,
                new KubeDuration("30s"),
                1 << 24,
                Delivery.StreamDeletionPolicy.RETAIN);
    }
}
