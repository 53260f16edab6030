package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Limits;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.livekit.LiveKitException;
import dev.june.stt.worker.livekit.RoomConnection.Track;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.recognition.MicrometerRecognitionMetrics;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** However many rooms and participants come and go, a worker has the same metrics with the same labels, and none of their names. */
class ManyRoomsTest {
    private static final int ROOMS = 10_000;
    private static final int AT_ONCE = 50;
    private static final int BLOCK = 320;

    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MicrometerRecognitionMetrics recognition = new MicrometerRecognitionMetrics(metrics);
    private final SessionMetrics sessions = new SessionMetrics(metrics);
    private final Roster roster = new Roster(Clock.systemUTC());
    private final AtomicInteger sealed = new AtomicInteger();
    private final AtomicInteger partials = new AtomicInteger();
    private final FakeRecognizer recognizer = new FakeRecognizer(this::heard);
    private final SessionParts parts = new SessionParts(
            "team-a",
            "meetings",
            "worker-1",
            new LoudnessDetector(),
            () -> recognizer,
            () -> new SessionSettings(
                    1, Listened.RULES, Duration.ZERO, new LanguagePolicy("en", List.of()), List.of(), ""),
            (_, _, _) -> 0,
            _ -> sealed.incrementAndGet() > 0,
            _ -> partials.incrementAndGet(),
            new Speculations(),
            new Ledger(metrics),
            Clock.systemUTC());

    @Test
    void tenThousandRoomsLeaveAsManySeriesAsTheFirstOnes() throws Exception {
        Set<String> before = series();
        rooms(0, AT_ONCE);
        Set<String> few = series();
        rooms(AT_ONCE, ROOMS);

        assertThat(series()).isEqualTo(few).isEqualTo(before);
        assertThat(metrics.scrape()).doesNotContain("room-", "who-", "TR_");
        assertThat(sealed).hasValueGreaterThanOrEqualTo(ROOMS);
        assertThat(partials).hasPositiveValue();
        assertThat(metrics.get("stt_utterances_total")
                        .tag("state", "opened")
                        .counter()
                        .count())
                .isEqualTo(sealed.get());
        assertThat(metrics.get("stt_active_participants").gauge().value()).isZero();
        assertThat(metrics.get("stt_audio_queue_depth").gauge().value()).isZero();
        assertThat(roster.rooms(null, 10).entries()).isEmpty();
    }

    private void rooms(int from, int to) throws InterruptedException {
        for (int first = from; first < to; first += AT_ONCE) {
            List<RoomSession> open = new ArrayList<>();
            for (int number = first; number < first + AT_ONCE; number++) {
                open.add(talkingRoom(number));
            }
            for (RoomSession room : open) {
                room.endAll(EndReason.DRAIN);
                assertThat(room.awaitTracks(Duration.ofMinutes(2))).isTrue();
                roster.remove(room);
            }
        }
    }

    /** Somebody says something, audio is refused, the connection comes and goes. */
    private RoomSession talkingRoom(int number) {
        RoomSession room =
                new RoomSession("room-" + number, new Limits(0, 10, 1_000_000, 10, 20), parts, sessions, _ -> {});
        roster.add(room);
        String track = "TR_" + number;
        room.trackStarted(new Track(track, "who-" + number, "PA_" + number, false));
        for (int block = 0; block < 75; block++) {
            while (!room.audioAccepted(track, loud(block))) {
                Thread.onSpinWait();
            }
        }
        if (number % 1_000 == 0) { // it says so
            room.reconnected();
        }
        sessions.joining(2);
        List.of(LiveKitException.Reason.values()).forEach(sessions::joinFailed);
        sessions.vadError(SessionMetrics.VadError.NO_PROBABILITY);
        return room;
    }

    private Recognition heard(DecodeRequest request) {
        recognition.decoded(request.priority(), request.seconds(), Duration.ZERO, Duration.ofMillis(10));
        return FakeRecognizer.text("text " + request.samples().length);
    }

    private static short[] loud(int block) {
        short[] samples = new short[BLOCK];
        Arrays.fill(samples, (short) (5_000 + block));
        return samples;
    }

    /** Every series, by name and labels. */
    private Set<String> series() {
        return metrics.scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toUnmodifiableSet());
    }
}
