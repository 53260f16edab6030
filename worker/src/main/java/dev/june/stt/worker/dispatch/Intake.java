package dev.june.stt.worker.dispatch;

import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Pull;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls the messages of one consumer and gives each to its participant's lane. Never holds more than its capacity. Pulls nothing while the
 * gate is shut or the circuit open; half open, it pulls the one message that is tried. One virtual thread.
 */
final class Intake {
    private static final Logger log = LoggerFactory.getLogger(Intake.class);
    private static final Duration PULL = Duration.ofSeconds(2);
    private static final Duration PROBE = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofMillis(250);

    /** Long enough for the other stream's intake to look once: an empty stream must not keep the only pass from a full one. */
    private static final Duration OTHERS_TURN = PAUSE.multipliedBy(3);

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int NOT_FOUND = 404;

    private final NatsLink nats;
    private final String stream;
    private final String name;
    private final Gate gate;
    private final Circuit circuit;
    private final Lanes lanes;
    private final Courier courier;
    private final Held held;
    private final MissingStreams missing;
    private final int capacity;
    private final int least;
    private final BooleanSupplier mayTake;
    private final Semaphore room;
    private final Thread thread;
    private volatile boolean stopping;
    private @Nullable ConsumerContext consumer;

    /**
     * @param capacity messages in hand at most
     * @param mayTake asked before every pull
     */
    Intake(
            NatsLink nats,
            String stream,
            String name,
            Gate gate,
            Circuit circuit,
            Lanes lanes,
            Courier courier,
            Held held,
            MissingStreams missing,
            int capacity,
            BooleanSupplier mayTake) {
        this.nats = nats;
        this.stream = stream;
        this.name = name;
        this.gate = gate;
        this.circuit = circuit;
        this.lanes = lanes;
        this.courier = courier;
        this.held = held;
        this.missing = missing;
        this.capacity = capacity;
        this.least = capacity / 4; // a pull for every message would cost more than the message
        this.mayTake = mayTake;
        this.room = new Semaphore(capacity);
        this.thread = Thread.ofVirtual().name("webhook-intake").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Pulls nothing more. */
    void stop() {
        stopping = true;
    }

    boolean isPulling() {
        return thread.isAlive();
    }

    /** @return whether everything that was pulled has been dealt with, in time */
    boolean awaitIdle(long endNanos) throws InterruptedException {
        return thread.join(Duration.ofNanos(Math.max(1, endNanos - System.nanoTime())))
                && room.tryAcquire(capacity, endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    void interrupt() {
        stopping = true;
        thread.interrupt();
    }

    private void run() {
        String said = "";
        while (!stopping) {
            try {
                turn();
                said = "";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                consumer = null;
                if (!said.equals(e.toString())) { // once, not every second of an outage
                    said = e.toString();
                    log.warn("transcripts for the webhook cannot be pulled from {}, trying again ({})", stream, said);
                }
                recover(e);
            }
        }
    }

    private void recover(Exception e) {
        try {
            if (e instanceof JetStreamApiException api && api.getErrorCode() == NOT_FOUND) {
                missing.make();
            }
            Thread.sleep(RETRY);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }

    private void turn() throws IOException, JetStreamApiException, InterruptedException {
        Optional<Endpoint> endpoint = gate.look();
        if (endpoint.isEmpty() || !mayTake.getAsBoolean()) {
            Thread.sleep(PAUSE);
            return;
        }
        circuit.follow(endpoint.get());
        if (circuit.isClosed()) {
            pull();
            return;
        }
        Optional<Circuit.Pass> probe = circuit.enter();
        if (probe.isEmpty()) {
            Thread.sleep(PAUSE);
        } else if (!probe(probe.get())) {
            Thread.sleep(OTHERS_TURN);
        }
    }

    private void pull() throws IOException, JetStreamApiException, InterruptedException {
        if (!room.tryAcquire(least, PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
            return;
        }
        int free = least + room.drainPermits();
        int taken = 0;
        try (Pull pull = Pull.from(consumer(), options(free, PULL))) {
            for (Optional<Message> next = pull.next(); next.isPresent(); next = pull.next()) {
                taken++;
                hand(next.get(), Optional.empty());
            }
        } finally {
            room.release(free - taken);
        }
    }

    /**
     * The pass goes with the message; without one it is given back.
     *
     * @return whether there was a message
     */
    private boolean probe(Circuit.Pass pass) throws IOException, JetStreamApiException, InterruptedException {
        boolean handed = false;
        try {
            room.acquire();
            Optional<Message> message = Pull.one(consumer(), PROBE);
            if (message.isPresent()) {
                handed = true;
                hand(message.get(), Optional.of(pass));
            }
            return handed;
        } finally {
            if (!handed) {
                room.release();
                pass.close();
            }
        }
    }

    private void hand(Message message, Optional<Circuit.Pass> probe) {
        held.add(message);
        long connection = nats.reconnects();
        String tail = Subjects.tail(message.getSubject());
        lanes.submit(tail.substring(0, tail.lastIndexOf('.') + 1), () -> {
            try {
                if (nats.reconnects() == connection) {
                    courier.deliver(message, probe);
                } else {
                    message.nak(); // the server may have forgotten that it gave it to us: an ack could go astray
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the server gives it out again
            } catch (RuntimeException e) { // the edge of this message
                giveUp(message, e);
            } finally {
                probe.ifPresent(Circuit.Pass::close);
                held.remove(message);
                room.release();
            }
        });
    }

    private void giveUp(Message message, RuntimeException e) {
        try {
            if (nats.isConnected()) {
                courier.broken(message, e);
            }
        } catch (RuntimeException again) {
            log.debug("a message is left to be given out again", again);
        }
    }

    private ConsumerContext consumer() throws IOException, JetStreamApiException {
        ConsumerContext opened = consumer;
        if (opened == null) {
            opened = nats.connection().getStreamContext(stream).getConsumerContext(name);
            consumer = opened;
        }
        return opened;
    }

    private static FetchConsumeOptions options(int messages, Duration expires) {
        return FetchConsumeOptions.builder()
                .maxMessages(messages)
                .expiresIn(expires.toMillis())
                .build();
    }
}
