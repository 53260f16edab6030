package dev.june.stt.worker.dispatch;

import static dev.june.stt.worker.dispatch.DispatchRig.SUBJECTS;
import static dev.june.stt.worker.dispatch.DispatchRig.webhook;
import static dev.june.stt.worker.dispatch.DispatchRig.webhookId;
import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.worker.dispatch.HttpReceiver.Reply;
import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A receiver that answers wrongly, late or not at all, with a real NATS server and real sockets. */
class ReceiverFailuresIT {
    @TempDir
    Path folder;

    /** What a receiver does once before it answers as it should, what that counts as, and how long it is waited for. */
    record Mishap(Reply reply, Answer.Kind outcome, String timeout) {
        Mishap(Reply reply, Answer.Kind outcome) {
            this(reply, outcome, "60s");
        }
    }

    static List<Mishap> mishaps() {
        return List.of(
                new Mishap(Reply.status(500), Answer.Kind.SERVER_ERROR),
                new Mishap(Reply.status(401), Answer.Kind.REFUSED),
                new Mishap(Reply.status(429), Answer.Kind.THROTTLED),
                new Mishap(new Reply.Hang(), Answer.Kind.TIMEOUT, "5s"),
                new Mishap(new Reply.Reset(), Answer.Kind.CONNECTION));
    }

    @ParameterizedTest
    @MethodSource("mishaps")
    void aMishapIsTriedAgainUnderTheSameIdAndThatIsAll(Mishap mishap) throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        try (HttpReceiver receiver = new HttpReceiver(_ -> first.getAndSet(false) ? mishap.reply() : Reply.OK);
                DispatchRig rig = new DispatchRig(folder, timeout(mishap.timeout(), webhook(receiver.url())))) {
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> receiver.requests().size() == 2 && rig.isDone());

            assertThat(receiver.requests())
                    .allSatisfy(request -> assertThat(request.id()).isEqualTo(webhookId("ann", 1)));
            assertThat(receiver.requests().get(0).body())
                    .isEqualTo(receiver.requests().get(1).body());
            assertThat(rig.attempts(mishap.outcome())).isEqualTo(1);
            assertThat(rig.attempts(Answer.Kind.ACCEPTED)).isEqualTo(1);
            assertThat(rig.metrics.counter("stt_webhook_parked_total").count()).isEqualTo(1);
            assertThat(rig.messages(SUBJECTS.deadLettersStream())).isZero();
        }
    }

    @Test
    void theReceiverIsNotAskedAgainBeforeTheTimeThatItAskedFor() throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        try (HttpReceiver receiver = new HttpReceiver(
                        _ -> first.getAndSet(false) ? new Reply.Status(429, "Retry-After: 3\r\n") : Reply.OK);
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> receiver.requests().size() == 2);

            assertThat(Duration.between(
                            receiver.requests().get(0).at(),
                            receiver.requests().get(1).at()))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        }
    }

    @Test
    void aReceiverThatIsGoneIsLeftAloneByThePoolUntilTheConfigurationChanges() throws Exception {
        AtomicReference<Reply> reply = new AtomicReference<>(Reply.status(410));
        try (HttpReceiver receiver = new HttpReceiver(_ -> reply.get());
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.ackWait(Duration.ofSeconds(5));
            WebhookDispatcher told = rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> rig.gauge("stt_webhook_stopped", "reason", "gone"));
            told.close();

            reply.set(Reply.OK);
            for (int i = 2; i <= 10; i++) {
                rig.publishFinal("ann", i);
            }
            WebhookDispatcher replacement = rig.dispatcher(rig.link());
            await(() -> rig.gauge("stt_webhook_stopped", "reason", "gone"));
            assertThat(receiver.requests()).hasSize(1);
            assertThat(rig.messages(SUBJECTS.deadLettersStream())).isZero();

            rig.configure(2, webhook(receiver.url()));
            await(rig::isDone);
            assertThat(receiver.requests().stream()
                            .skip(1)
                            .map(HttpReceiver.Request::id)
                            .distinct())
                    .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 10)
                            .mapToObj(i -> webhookId("ann", i))
                            .toList());
            assertThat(replacement.drain(Duration.ofMinutes(1))).isTrue();
        }
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (HttpReceiver elsewhere = new HttpReceiver(_ -> Reply.OK);
                HttpReceiver receiver =
                        new HttpReceiver(_ -> new Reply.Status(307, "Location: " + elsewhere.url() + "\r\n"));
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url(), 1, "0s"))) {
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> rig.messages(SUBJECTS.deadLettersStream()) == 1 && rig.isDone());

            assertThat(elsewhere.requests()).isEmpty();
            assertThat(deadLetter(rig).getHeaders().getFirst("June-Reason")).isEqualTo("redirected");
        }
    }

    @Test
    void aPrivateAddressIsNotEvenConnectedTo() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> Reply.OK);
                DispatchRig rig = new DispatchRig(folder, onlyPublic(webhook(receiver.url(), 1, "0s")))) {
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> rig.messages(SUBJECTS.deadLettersStream()) == 1 && rig.isDone());

            assertThat(receiver.requests()).isEmpty();
            assertThat(deadLetter(rig).getHeaders().getFirst("June-Reason")).isEqualTo("private_address");
            assertThat(deadLetter(rig).getHeaders().getFirst("June-Explanation"))
                    .contains("allowPrivateAddresses");
        }
    }

    @Test
    void anOpenCircuitBurnsNoAttempts() throws Exception {
        AtomicReference<Reply> reply = new AtomicReference<>(Reply.status(503));
        try (HttpReceiver receiver = new HttpReceiver(_ -> reply.get());
                DispatchRig rig = new DispatchRig(folder, circuit(5, webhook(receiver.url(), 50, "1s")))) {
            for (int i = 1; i <= 100; i++) {
                rig.publishFinal("ann", i);
            }
            rig.dispatcher();
            await(() -> rig.gauge("stt_webhook_circuit_state", "state", "open"));
            await(() -> rig.attempts(Answer.Kind.SERVER_ERROR) >= 7); // five that opened it, and two probes
            double burnt = rig.attempts(Answer.Kind.SERVER_ERROR);
            reply.set(Reply.OK);
            await(rig::isDone);

            assertThat(burnt).isLessThan(50);
            assertThat(rig.attempts(Answer.Kind.ACCEPTED)).isEqualTo(100);
            assertThat(rig.messages(SUBJECTS.deadLettersStream())).isZero();
            assertThat(rig.gauge("stt_webhook_circuit_state", "state", "closed"))
                    .isTrue();
        }
    }

    @Test
    void whatIsOutOfAttemptsIsACompleteDeadLetterAndItsReplayHasTheSameId() throws Exception {
        AtomicReference<Reply> reply = new AtomicReference<>(Reply.status(500));
        try (HttpReceiver receiver = new HttpReceiver(_ -> reply.get());
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url(), 3, "0s"))) {
            rig.dispatcher();
            byte[] payload = rig.publishFinal("ann", 1);
            await(() -> rig.messages(SUBJECTS.deadLettersStream()) == 1 && rig.isDone());

            MessageInfo dead = deadLetter(rig);
            Headers headers = dead.getHeaders();
            assertThat(dead.getSubject()).isEqualTo(SUBJECTS.dead("webhook", "daily", "ann", "TR_ann-000001"));
            assertThat(dead.getData()).isEqualTo(payload);
            assertThat(headers.getFirst("June-Reason")).isEqualTo("server_error");
            assertThat(headers.getFirst("June-Explanation")).isEqualTo("status 500");
            assertThat(headers.getFirst("June-Deliveries")).isEqualTo("3");
            assertThat(headers.get("June-Attempt"))
                    .hasSize(3)
                    .allSatisfy(attempt -> assertThat(attempt).matches("2[0-9-]+T[0-9:.]+Z server_error status 500"));

            reply.set(Reply.OK);
            rig.nats
                    .jetStream()
                    .publish(NatsMessage.builder()
                            .subject(headers.getFirst("June-Subject"))
                            .headers(
                                    new Headers().add("Nats-Msg-Id", "replay-1").add("June-Replay", "1"))
                            .data(dead.getData())
                            .build());
            await(() -> receiver.requests().size() == 4 && rig.isDone());
            assertThat(receiver.requests().getLast().id()).isEqualTo(webhookId("ann", 1));
            assertThat(receiver.requests().getLast().header("june-replay")).isEqualTo("1");
            assertThat(receiver.requests().getFirst().header("june-replay")).isEmpty();
        }
    }

    @Test
    void aReplayThatFailsTooIsASecondDeadLetter() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> Reply.status(500));
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url(), 1, "0s"))) {
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> rig.messages(SUBJECTS.deadLettersStream()) == 1 && rig.isDone());
            MessageInfo dead = deadLetter(rig);
            rig.publish(dead.getHeaders().getFirst("June-Subject"), "replay-1", dead.getData());
            await(() -> rig.messages(SUBJECTS.deadLettersStream()) == 2 && rig.isDone());
        }
    }

    @Test
    void aParkedDeliveryComesBackWhenAnotherDispatcherRuns() throws Exception {
        AtomicReference<Reply> reply = new AtomicReference<>(Reply.status(500));
        try (HttpReceiver receiver = new HttpReceiver(_ -> reply.get());
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url(), 10, "3s"))) {
            WebhookDispatcher first = rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() ->
                    rig.messages(SUBJECTS.retryStream()) == 1 && rig.consumer().getNumAckPending() == 0);
            first.close();
            rig.server.restart();

            int before = receiver.requests().size();
            reply.set(Reply.OK);
            rig.dispatcher(rig.link());
            await(() -> receiver.requests().size() == before + 1 && rig.isDone());
            assertThat(receiver.requests().getLast().id()).isEqualTo(webhookId("ann", 1));
        }
    }

    @Test
    void whatIsNoEventIsSetAsideWithoutBeingPosted() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> Reply.OK);
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.dispatcher();
            rig.publish(SUBJECTS.finalOf("daily", "ann", "TR_ann-000001"), "x", "no event".getBytes(UTF_8));
            await(() -> rig.messages(SUBJECTS.deadLettersStream()) == 1 && rig.isDone());

            assertThat(receiver.requests()).isEmpty();
            assertThat(deadLetter(rig).getHeaders().getFirst("June-Reason")).isEqualTo("malformed");
        }
    }

    private static MessageInfo deadLetter(DispatchRig rig) throws Exception {
        return rig.nats.management().getMessage(SUBJECTS.deadLettersStream(), 1);
    }

    private static Delivery.Webhook timeout(String timeout, Delivery.Webhook webhook) {
        return changed(webhook, new KubeDuration(timeout), webhook.circuitBreaker(), true);
    }

    private static Delivery.Webhook circuit(int window, Delivery.Webhook webhook) {
        return changed(
                webhook, webhook.timeout(), new Delivery.CircuitBreaker(50, window, new KubeDuration("1s")), true);
    }

    private static Delivery.Webhook onlyPublic(Delivery.Webhook webhook) {
        return changed(webhook, webhook.timeout(), webhook.circuitBreaker(), false);
    }

    private static Delivery.Webhook changed(
            Delivery.Webhook webhook,
            KubeDuration timeout,
            Delivery.CircuitBreaker circuitBreaker,
            boolean allowPrivateAddresses) {
        return new Delivery.Webhook(
                webhook.url(),
                webhook.signingSecretRef(),
                timeout,
                webhook.maxAttempts(),
                List.copyOf(webhook.backoff()),
                circuitBreaker,
                allowPrivateAddresses);
    }
}
