package dev.june.stt.worker.dispatch;

import static dev.june.stt.worker.dispatch.DispatchRig.SUBJECTS;
import static dev.june.stt.worker.dispatch.DispatchRig.webhookId;
import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.june.stt.access.Scope;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.SecretRef;
import dev.june.stt.worker.access.Door;
import dev.june.stt.worker.delivery.DeadLetters;
import dev.june.stt.worker.dispatch.HttpReceiver.Reply;
import dev.june.stt.worker.dispatch.HttpReceiver.Request;
import dev.june.stt.worker.faults.Seeds;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dead letters of the webhook are replayed, by real requests, while their receiver is well and ill in turn. */
class FlappingReceiverIT {
    private static final String PATH = "/v1/deadletters";
    private static final int PAGE = 500;
    private static final int PARTICIPANTS = 20;

    /** Replays of everything that is left, at the most; what fails twice in a row comes back each time. */
    private static final int MAX_ROUNDS = 50;

    /** Questions to NATS that it did not answer in time, on a busy machine: each may cost one repetition. */
    private final ListAppender<ILoggingEvent> unanswered = new ListAppender<>();

    private int requestsUnanswered;

    @TempDir
    Path folder;

    @BeforeEach
    void start() {
        unanswered.start();
        askers().forEach(asker -> asker.addAppender(unanswered));
    }

    @AfterEach
    void stop() {
        askers().forEach(asker -> asker.detachAppender(unanswered));
    }

    @Test
    void everyDeadLetterArrivesOnceOrIsADeadLetterAgain() throws Exception {
        int letters = Seeds.isLong() ? 10_000 : 300;
        int perSecond = Seeds.isLong() ? 400 : 60;
        Flapping flapping = new Flapping(Seeds.random("flapping receiver"));
        AtomicBoolean down = new AtomicBoolean(true);
        try (HttpReceiver receiver =
                        new HttpReceiver(request -> down.get() ? Reply.status(500) : flapping.apply(request));
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url(), 1, 2 * letters));
                Door door = new Door(folder.resolve("access"), rig.nats, SUBJECTS)) {
            String key = door.admit("on-call", Scope.values()).token();
            rig.dispatcher();
            Set<String> all = setAside(rig, letters);
            int posted = receiver.requests().size();

            rig.configure(2, webhook(receiver.url(), 2, 20));
            down.set(false);
            List<Integer> replayed = new ArrayList<>();
            for (Set<String> left = all; !left.isEmpty(); left = judge(rig, door, key, all, flapping)) {
                replayed.add(left.size());
                assertThat(replayed).hasSizeLessThanOrEqualTo(MAX_ROUNDS);
                replayAll(rig, door, key, perSecond);
                await(rig::isDone);
            }

            Map<String, List<Request>> arrived = flapping.acknowledged();
            int repeated = arrived.values().stream().mapToInt(List::size).sum() - letters;
            int failed = receiver.requests().size() - posted - letters - repeated;
            System.out.printf(
                    "flapping receiver: %d dead letters, replayed %s, %d attempts failed, %.0f parked, %d repeated, %d unanswered by NATS%n",
                    letters,
                    replayed,
                    failed,
                    rig.metrics.counter("stt_webhook_parked_total").count(),
                    repeated,
                    unanswered());
            assertThat(failed).as("the receiver did flap").isPositive();
            assertThat(repeated).isLessThanOrEqualTo(unanswered());
            assertThat(rig.messages(SUBJECTS.deadLettersStream())).isZero();
            assertThat(rig.messages(SUBJECTS.transcriptsStream())).isEqualTo(letters);
            arrived.values().stream().flatMap(List::stream).forEach(request -> isWhole(request, replayed.size()));
        }
    }

    /** @return the webhook ids of as many transcripts, which the dispatcher has given up */
    private static Set<String> setAside(DispatchRig rig, int letters) throws Exception {
        Set<String> all = new HashSet<>();
        for (int i = 1; i <= letters; i++) {
            String participant = "p" + i % PARTICIPANTS;
            rig.publishFinal(participant, i);
            all.add(webhookId(participant, i));
        }
        await(rig::isDone);
        assertThat(rig.messages(SUBJECTS.deadLettersStream())).isEqualTo(letters);
        return all;
    }

    /** All that are there now, a page at a time, and no page before the dispatcher has nearly done with the last one. */
    private void replayAll(DispatchRig rig, Door door, String key, int perSecond) throws Exception {
        String more = "";
        while (true) {
            String body =
                    "{\"stage\": \"webhook\", \"limit\": %d, \"perSecond\": %d%s}".formatted(PAGE, perSecond, more);
            JsonNode answer = answered(() -> door.post(PATH + "/replay", key, body));
            answer.path("deadLetters")
                    .forEach(each -> assertThat(each.path("outcome").asString()).isIn("replayed", "gone"));
            requestsUnanswered += answer.path("stopped").isString() ? 1 : 0;
            if (!answer.path("next").isNumber()) {
                return;
            }
            more = ", \"from\": " + answer.path("next").asLong() + ", \"to\": "
                    + answer.path("to").asLong();
            await(() -> rig.messages(SUBJECTS.retryStream()) < PAGE);
        }
    }

    /** @return what is a dead letter now: all that did not arrive, and nothing else */
    private Set<String> judge(DispatchRig rig, Door door, String key, Set<String> all, Flapping flapping)
            throws Exception {
        Set<String> arrived = flapping.acknowledged().keySet();
        Set<String> dead = deadLetters(door, key);
        Set<String> somewhere = new HashSet<>(arrived);
        somewhere.addAll(dead);
        assertThat(somewhere).as("acknowledged or a dead letter").isEqualTo(all);
        assertThat(arrived.size() + rig.messages(SUBJECTS.deadLettersStream()) - all.size())
                .as("acknowledged and a dead letter nevertheless, or one twice")
                .isLessThanOrEqualTo(unanswered());
        return dead;
    }

    private static Set<String> deadLetters(Door door, String key) throws Exception {
        Set<String> dead = new HashSet<>();
        for (long from = 1; ; ) {
            String query = "?stage=webhook&limit=" + PAGE + "&from=" + from;
            JsonNode page = answered(() -> door.get(PATH + query, key));
            // One that failed after a replay says so behind its name.
            page.path("deadLetters")
                    .forEach(each -> dead.add(
                            "team-a:meetings:" + each.path("utteranceId").asString()));
            if (!page.path("next").isNumber()) {
                return dead;
            }
            from = page.path("next").asLong();
        }
    }

    /** Comes back when it is told to. */
    private static JsonNode answered(Callable<HttpResponse<String>> request) throws Exception {
        List<HttpResponse<String>> answers = new ArrayList<>();
        await(() -> {
            answers.add(request.call());
            return answers.getLast().statusCode() != 503;
        });
        assertThat(answers.getLast().statusCode()).as(answers.getLast().body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answers.getLast().body());
    }

    private static void isWhole(Request request, int rounds) {
        long sequence = Long.parseLong(request.id().substring(request.id().lastIndexOf('-') + 1));
        assertThat(new String(request.body(), UTF_8)).contains("\"hello " + sequence + "\"");
        assertThat(Integer.parseInt(request.header("june-replay")))
                .as("how often it was replayed")
                .isBetween(1, rounds);
    }

    private int unanswered() {
        return requestsUnanswered
                + (int) List.copyOf(unanswered.list).stream()
                        .filter(event -> event.getLevel() == Level.WARN)
                        .count();
    }

    /** Their warnings are about that and nothing else. */
    private static Stream<Logger> askers() {
        return Stream.of(Retries.class, DeadLetters.class).map(asker -> (Logger) LoggerFactory.getLogger(asker));
    }

    private static Delivery.Webhook webhook(String url, int maxAttempts, int window) {
        return new Delivery.Webhook(
                url,
                new SecretRef("webhook"),
                new KubeDuration("60s"), // a slow machine is no slow receiver
                maxAttempts,
                List.of(new KubeDuration("0s"), new KubeDuration("1s")),
                new Delivery.CircuitBreaker(50, window, new KubeDuration("1s")),
                true);
    }
}
