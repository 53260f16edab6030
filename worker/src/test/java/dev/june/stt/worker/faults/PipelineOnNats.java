package dev.june.stt.worker.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Delivery;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;

/** The streams of one pipeline on a NATS server or cluster, and a look at them that no fault disturbs. */
public final class PipelineOnNats implements AutoCloseable {
    static final Duration ACK_WAIT = Duration.ofSeconds(3);
    private static final Duration LIMIT = Duration.ofMinutes(5);

    public final Subjects subjects = new Subjects(Speech.NAMESPACE, Speech.PIPELINE);
    public final PipelineStreams shape;
    private final NatsLink nats;

    /** @param window how long the server remembers message ids */
    public PipelineOnNats(String url, int replicas, Duration window, Path folder) throws Exception {
        this(url, TestDelivery.settings(replicas, window, 1_000, ACK_WAIT), folder);
    }

    /** @param folder has no credentials in it */
    public PipelineOnNats(String url, Delivery delivery, Path folder) throws Exception {
        nats = NatsLink.open(new Delivery.Nats(url, null, delivery.nats().replicas()), folder.resolve("none"), "judge");
        shape = new PipelineStreams(subjects, delivery);
        await(this::made);
    }

    private boolean made() throws IOException, JetStreamApiException {
        for (var stream : shape.streams()) {
            nats.management().addStream(stream); // the same again is no error
        }
        nats.connection().keyValueManagement().create(shape.bucket());
        for (var consumer : shape.consumers()) {
            nats.management().addOrUpdateConsumer(consumer.stream(), consumer.configuration());
        }
        return true;
    }

    /** Empty streams, that count from one again. */
    public void makeAnew() throws Exception {
        await(() -> {
            for (String stream : nats.management().getStreamNames()) {
                nats.management().deleteStream(stream);
            }
            return made();
        });
    }

    public NatsLink nats() {
        return nats;
    }

    /** Name of the server that leads a stream, once there is one. */
    String leaderOf(String stream) throws Exception {
        List<String> found = new ArrayList<>();
        await(() -> {
            String leader =
                    nats.management().getStreamInfo(stream).getClusterInfo().getLeader();
            if (leader != null) {
                found.add(leader);
            }
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    public long messages(String stream) throws IOException, JetStreamApiException {
        return nats.management().getStreamInfo(stream).getStreamState().getMsgCount();
    }

    public void awaitQueueEmpty() throws Exception {
        await(() -> messages(subjects.utterancesStream()) == 0);
    }

    Conformance conformance() throws Exception {
        return Conformance.of(nats.connection(), subjects.transcriptsStream(), subjects.deadLettersStream());
    }

    /** All is well: everything that was taken over has its end, once. */
    public Conformance.Ledger judge(String description, Collection<Said> told, Collection<Said> tried)
            throws Exception {
        return judge(description, told, tried, Conformance.Order.OF_SPEECH);
    }

    public Conformance.Ledger judge(
            String description, Collection<Said> told, Collection<Said> tried, Conformance.Order order)
            throws Exception {
        Conformance conformance = conformance();
        assertThat(conformance.findings(told, tried, order)).as(description).isEmpty();
        Conformance.Ledger ledger = conformance.ledger();
        System.out.printf("%s: %d taken over, %s%n", description, told.size(), ledger);
        return ledger;
    }

    /** Waits for a condition; a server that does not answer is not the end. */
    public static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        Exception last = null;
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                last = e;
            }
            assertThat(System.nanoTime())
                    .as("the condition did not come true in time (%s)", last)
                    .isLessThan(end);
            Thread.sleep(50);
        }
    }

    @Override
    public void close() {
        nats.close();
    }
}
