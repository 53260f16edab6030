package dev.june.stt.worker.dispatch;

import static dev.june.stt.worker.dispatch.DispatchRig.webhook;
import static dev.june.stt.worker.dispatch.DispatchRig.webhookId;
import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.faults.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From TRANSCRIPTS to a receiver that answers, with a real NATS server and real HTTP. */
class WebhookDispatcherIT {
    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    Path folder;

    @Test
    void aFinalArrivesOnceAsASignedCloudEventAndSoDoesAVoid() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> HttpReceiver.Reply.OK);
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            Files.writeString(rig.keys.resolve("next"), DispatchRig.OTHER_KEY);
            JsonNode published = JSON.readTree(rig.publishFinal("ann", 1));
            rig.dispatcher();
            rig.publishVoid("ann", 2);
            await(() -> receiver.requests().size() == 2 && rig.isDone());

            HttpReceiver.Request request = receiver.requests().getFirst();
            assertThat(request.header(":request")).isEqualTo("POST /finals?from=june HTTP/1.1");
            assertThat(request.header("content-type")).isEqualTo("application/json");
            assertThat(request.id()).isEqualTo(webhookId("ann", 1));
            assertThat(request.header("ce-id")).isEqualTo("TR_ann-000001");
            assertThat(request.header("ce-type")).isEqualTo("dev.june.stt.transcript.final.v1");
            assertThat(request.header("ce-source")).isEqualTo("/namespaces/team-a/pipelines/meetings");
            assertThat(JSON.readTree(request.body())).isEqualTo(published.get("data"));
            assertThat(request.header("webhook-signature").split(" "))
                    .containsExactly(signature(DispatchRig.KEY, request), signature(DispatchRig.OTHER_KEY, request));
            assertThat(receiver.requests().get(1).header("ce-type")).isEqualTo("dev.june.stt.transcript.void.v1");
            assertThat(rig.metrics.get("stt_webhook_delivery_seconds").timer().count())
                    .isEqualTo(2);
        }
    }

    @Test
    void everyParticipantIsServedInOrderAndBesideTheOthers() throws Exception {
        Random random = Seeds.random("dispatched in order");
        Set<String> inFlight = ConcurrentHashMap.newKeySet();
        AtomicInteger together = new AtomicInteger();
        Set<String> overlaps = ConcurrentHashMap.newKeySet();
        try (HttpReceiver receiver = new HttpReceiver(request -> {
                    String who = request.header("ce-subject");
                    if (!inFlight.add(who)) {
                        overlaps.add(who);
                    }
                    together.accumulateAndGet(inFlight.size(), Math::max);
                    pause(random.nextInt(15));
                    inFlight.remove(who);
                    return HttpReceiver.Reply.OK;
                });
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.dispatcher();
            for (int sequence = 1; sequence <= 40; sequence++) {
                for (String participant : List.of("ann", "bob", "cid", "dee", "eve")) {
                    rig.publishFinal(participant, sequence);
                }
            }
            await(rig::isDone);

            Map<String, List<String>> order = receiver.requests().stream()
                    .collect(Collectors.groupingBy(
                            request -> request.header("ce-subject"),
                            Collectors.mapping(HttpReceiver.Request::id, Collectors.toList())));
            assertThat(order)
                    .hasSize(5)
                    .allSatisfy((_, ids) -> assertThat(ids).hasSize(40).isSorted());
            assertThat(overlaps).isEmpty();
            assertThat(together.get()).isGreaterThan(1);
        }
    }

    @Test
    void twoDispatchersShareTheWork() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> HttpReceiver.Reply.OK);
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.dispatcher();
            rig.dispatcher(rig.link());
            for (int i = 1; i <= 200; i++) {
                rig.publishFinal("p" + i % 20, i);
            }
            await(rig::isDone);
            assertThat(receiver.requests()).hasSize(200);
            assertThat(receiver.requests().stream().map(HttpReceiver.Request::id))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void addressAndKeysChangeOnARunningDispatcher() throws Exception {
        try (HttpReceiver before = new HttpReceiver(_ -> HttpReceiver.Reply.OK);
                HttpReceiver after = new HttpReceiver(_ -> HttpReceiver.Reply.OK);
                DispatchRig rig = new DispatchRig(folder, webhook(before.url()))) {
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> before.requests().size() == 1);

            rig.configure(2, webhook(after.url()));
            Files.writeString(rig.keys.resolve("current"), DispatchRig.OTHER_KEY);
            AtomicInteger sequence = new AtomicInteger(1);
            await(() -> {
                rig.publishFinal("ann", sequence.incrementAndGet());
                return !after.requests().isEmpty()
                        && isSignedWith(DispatchRig.OTHER_KEY, after.requests().getLast());
            });
            await(rig::isDone);
            assertThat(before.requests().size() + after.requests().size()).isEqualTo(sequence.get());
        }
    }

    @Test
    void withoutAUsableKeyNothingIsPostedAndNothingIsLost() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> HttpReceiver.Reply.OK);
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            Files.writeString(rig.keys.resolve("current"), "not a key");
            rig.dispatcher();
            rig.publishFinal("ann", 1);
            await(() -> rig.gauge("stt_webhook_stopped", "reason", "no_signing_key"));
            assertThat(receiver.requests()).isEmpty();

            Files.writeString(rig.keys.resolve("current"), DispatchRig.KEY);
            await(() -> receiver.requests().size() == 1 && rig.isDone());
        }
    }

    @Test
    void drainFinishesWhatIsInFlightAndLeavesTheRest() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (HttpReceiver receiver = new HttpReceiver(_ -> {
                    arrived.countDown();
                    awaitQuietly(release);
                    return HttpReceiver.Reply.OK;
                });
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            WebhookDispatcher dispatcher = rig.dispatcher();
            rig.publishFinal("ann", 1);
            arrived.await();
            CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> drain(dispatcher));
            await(() -> !dispatcher.isPulling());
            rig.publishFinal("bob", 1);
            assertThat(drained.isDone()).as("it waits for the receiver").isFalse();
            release.countDown();

            assertThat(drained.join()).isTrue();
            assertThat(receiver.requests()).hasSize(1);
            await(() -> rig.consumer().getNumAckPending() == 0 && rig.consumer().getNumPending() == 1);
        }
    }

    @Test
    void whatAReceiverHasIsPostedAgainUnderTheSameIdIfTheAckWasNeverSent() throws Exception {
        AtomicReference<NatsLink> first = new AtomicReference<>();
        try (HttpReceiver receiver = new HttpReceiver(_ -> {
                    NatsLink link = first.getAndSet(null);
                    if (link != null) {
                        link.close(); // the dispatcher's last moment: it gets the 2xx and can tell nobody
                    }
                    return HttpReceiver.Reply.OK;
                });
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.ackWait(Duration.ofSeconds(3));
            NatsLink doomed = rig.link();
            first.set(doomed);
            WebhookDispatcher killed = rig.dispatcher(doomed);
            rig.publishFinal("ann", 1);
            await(() -> receiver.requests().size() == 1);
            killed.close();

            rig.dispatcher();
            await(() -> rig.isDone());
            assertThat(receiver.requests())
                    .hasSizeGreaterThanOrEqualTo(2) // and once more if the machine stands still for seconds
                    .allSatisfy(request -> assertThat(request.id()).isEqualTo(webhookId("ann", 1)));
        }
    }

    @Test
    void aDispatcherThatIsKilledLosesNothing() throws Exception {
        int kills = 3;
        try (HttpReceiver receiver = new HttpReceiver(_ -> {
                    pause(20);
                    return HttpReceiver.Reply.OK;
                });
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.ackWait(Duration.ofSeconds(3));
            for (int i = 1; i <= 400; i++) {
                rig.publishFinal("p" + i % 4, i);
            }
            for (int kill = 1; kill <= kills; kill++) {
                int before = receiver.requests().size();
                Process process = DispatcherProcess.start(rig, receiver, ProcessBuilder.Redirect.DISCARD);
                try {
                    await(() -> receiver.requests().size() > before + 10);
                } finally {
                    process.destroyForcibly().waitFor();
                }
            }
            rig.dispatcher();
            await(rig::isDone);

            Map<String, Long> times = receiver.requests().stream()
                    .collect(Collectors.groupingBy(HttpReceiver.Request::id, Collectors.counting()));
            assertThat(times).hasSize(400);
            // Four were in flight at each kill, one for each participant: no more can have come again.
            int repeated = receiver.requests().size() - 400;
            System.out.println(kills + " dispatchers killed, posted more than once: " + repeated);
            assertThat(repeated).isLessThanOrEqualTo(4 * kills);
        }
    }

    @Test
    void aServerThatDiesInTheMiddleLosesNothing() throws Exception {
        try (HttpReceiver receiver = new HttpReceiver(_ -> {
                    pause(5);
                    return HttpReceiver.Reply.OK;
                });
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            rig.ackWait(Duration.ofSeconds(5));
            for (int i = 1; i <= 300; i++) {
                rig.publishFinal("p" + i % 10, i);
            }
            rig.dispatcher();
            await(() -> receiver.requests().size() > 50);
            rig.server.kill();
            rig.server.restart();
            await(rig::isDone);

            List<String> ids =
                    receiver.requests().stream().map(HttpReceiver.Request::id).toList();
            assertThat(Set.copyOf(ids)).hasSize(300);
            System.out.println("NATS killed, posted more than once: " + (ids.size() - 300));
        }
    }

    private static boolean drain(WebhookDispatcher dispatcher) {
        try {
            return dispatcher.drain(Duration.ofMinutes(1));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isSignedWith(String key, HttpReceiver.Request request) throws Exception {
        return request.header("webhook-signature").equals(signature(key, request));
    }

    /** As a receiver computes it, without our code. */
    private static String signature(String key, HttpReceiver.Request request) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(key.substring("whsec_".length())), "HmacSHA256"));
        mac.update((request.id() + "." + request.header("webhook-timestamp") + ".").getBytes(UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(request.body()));
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
