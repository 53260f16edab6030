package dev.june.stt.worker.room;

import dev.june.stt.config.Limits;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.livekit.RoomConnection.Track;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.utterance.EndpointRules;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A room without LiveKit and NATS: audio is put in by hand, in no time; time passes by hand as well. What comes out is kept. */
final class Listened {
    private static final int BLOCK = 320;
    static final EndpointRules RULES =
            new EndpointRules(0.5, 0.35, 4_000, 1_920, 0.8, 9_600, 6_400, 3_200, 400_000, 16_000, 12_800, 48_000);

    final Queue<SealedUtterance> sealed = new ConcurrentLinkedQueue<>();
    final Queue<Transcript.Partial> partials = new ConcurrentLinkedQueue<>();
    final LoudnessDetector detectors = new LoudnessDetector();
    final MeterRegistry metrics = new SimpleMeterRegistry();
    final FakeRecognizer recognizer =
            new FakeRecognizer(request -> FakeRecognizer.text("text " + request.samples().length));
    final SessionMetrics sessions = new SessionMetrics(metrics);
    volatile boolean sinkOpen = true;
    final RoomSession room;
    private final AtomicLong nanos = new AtomicLong();
    private final Map<String, Integer> loudness = new ConcurrentHashMap<>();

    Listened() {
        this(parts -> parts);
    }

    /** @param change of what the room's tracks are given */
    Listened(UnaryOperator<SessionParts> change) {
        SessionParts parts = new SessionParts(
                "team-a",
                "meetings",
                "worker-1",
                detectors,
                () -> recognizer,
                () -> new SessionSettings(1, RULES, Duration.ZERO, new LanguagePolicy("en", List.of()), List.of(), ""),
                (_, _, _) -> 0,
                utterance -> sinkOpen && sealed.add(utterance),
                partials::add,
                new Speculations(),
                new Ledger(metrics),
                Clock.systemUTC());
        Limits limits = new Limits(0, 1_000, 1_000_000, 10, 20);
        room = new RoomSession("daily", limits, change.apply(parts), sessions, nanos::get, _ -> {});
    }

    void join(String track, String identity) {
        room.trackStarted(new Track(track, identity, "PA_" + identity, false));
    }

    /** Each stretch is as loud as no other, so that a sample says where it comes from. */
    void speech(String track, long millis) {
        send(track, millis, 5_000 + loudness.merge(track, 1, Integer::sum));
    }

    void silence(String track, long millis) {
        send(track, millis, 0);
    }

    List<SealedUtterance> awaitSealed(int count) throws InterruptedException {
        await(() -> sealed.size() >= count);
        return List.copyOf(sealed);
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** Waits for what comes with the time. */
    void awaitAsTimePasses(BooleanSupplier condition) throws InterruptedException {
        await(() -> {
            pass(Duration.ofMillis(5));
            return condition.getAsBoolean();
        });
    }

    double opened() {
        return opened("");
    }

    double opened(String variant) {
        return metrics.counter("stt_utterances_total", "state", "opened", "variant", variant)
                .count();
    }

    List<DecodeRequest> asked(DecodeRequest.Priority priority) {
        return recognizer.asked().stream()
                .filter(request -> request.priority() == priority)
                .toList();
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the condition did not come true in time");
            }
            Thread.sleep(5);
        }
    }

    /** Faster than real time, but never more than the inbox holds. */
    private void send(String track, long millis, int level) {
        for (long sent = 0; sent < millis * 16; sent += BLOCK) {
            short[] block = new short[BLOCK];
            for (int i = 0; i < BLOCK; i++) {
                block[i] = (short) (i % 2 == 0 ? level : -level);
            }
            while (!room.audioAccepted(track, block)) {
                Thread.onSpinWait();
            }
        }
    }
}
