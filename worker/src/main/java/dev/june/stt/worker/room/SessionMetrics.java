package dev.june.stt.worker.room;

import dev.june.stt.worker.delivery.FailureKind;
import dev.june.stt.worker.livekit.LiveKitException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Figures of all tracks together: names of rooms and participants are no labels. Any thread. */
final class SessionMetrics {
    private static final String RECONNECTS = "Times that a connection to LiveKit came back";
    private static final Duration[] FIRST_PARTIAL = {
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(1_500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(3),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    private final AtomicInteger tracks;
    private final AtomicInteger participants;
    private final AtomicInteger rooms;
    private final Counter framesDropped;
    private final Counter framesOverLimit;
    private final Counter sessions;
    private final MeterRegistry metrics;
    private final Counter gaps;
    private final Counter refusedTracks;
    private final Counter defects;
    private final Timer firstPartial;
    private final Map<Reconnect, Counter> reconnects = new EnumMap<>(Reconnect.class);
    private final Map<VadError, Counter> vadErrors = new EnumMap<>(VadError.class);
    private final Map<LiveKitException.Reason, Counter> joinFailures = new EnumMap<>(LiveKitException.Reason.class);
    private final Counter roomsRefused;
    private final Counter roomsClaimed;
    private final AtomicInteger registered;
    private final AtomicBoolean everRegistered = new AtomicBoolean();
    private final Set<Inbox> inboxes = ConcurrentHashMap.newKeySet();

    /** How a connection to LiveKit came back. */
    enum Reconnect {
        /** The library resumed a room by itself. */
        RESUMED,
        /** A room was joined anew. */
        REJOINED,
        /** The worker registered anew. */
        REGISTERED
    }

    /** What a speech detector did wrong. */
    enum VadError {
        FAILED,
        /** Its answer was no number from 0 to 1. */
        NO_PROBABILITY
    }

    /** Ends with {@link #close}, which cannot fail. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** What waits for a track's thread. Any thread. */
    interface Inbox {
        int waiting();

        Duration age();
    }

    SessionMetrics(MeterRegistry metrics) {
        tracks = gauge(metrics, "stt_active_tracks", "Audio tracks being listened to");
        participants = gauge(metrics, "stt_active_participants", "Participants being listened to");
        rooms = gauge(metrics, "stt_active_rooms", "Rooms being listened to");
        framesDropped = counter(
                metrics, "stt_frames_dropped_total", "Blocks of audio that were dropped because a track fell behind");
        framesOverLimit = counter(
                metrics,
                "stt_frames_over_limit_total",
                "Blocks of audio that were dropped because their participant sent more than limits.audioSecondsPerSecond");
        sessions = counter(metrics, "stt_sessions_served_total", "Times that a room was joined");
        this.metrics = metrics;
        partials(""); // there from the start
        firstPartial = Timer.builder("stt_first_partial_seconds")
                .description("From the first sound of an utterance to its first partial")
                .serviceLevelObjectives(FIRST_PARTIAL)
                .register(metrics);
        for (Reconnect kind : Reconnect.values()) {
            reconnects.put(kind, counter(metrics, "stt_livekit_reconnects_total", RECONNECTS, kind));
        }
        for (VadError kind : VadError.values()) {
            vadErrors.put(kind, counter(metrics, "stt_vad_errors_total", "What speech detectors did wrong", kind));
        }
        for (LiveKitException.Reason reason : LiveKitException.Reason.values()) {
            joinFailures.put(
                    reason,
                    Counter.builder("stt_livekit_join_failures_total")
                            .description("Rooms that could not be joined at an attempt")
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(metrics));
        }
        roomsRefused = counter(metrics, "stt_rooms_refused_total", "Rooms refused as this worker had no capacity left");
        roomsClaimed = counter(metrics, "stt_rooms_claimed_total", "Rooms taken that nobody listened to");
        registered = gauge(metrics, "stt_livekit_registered", "1 while LiveKit offers rooms to this worker");
        Gauge.builder("stt_audio_queue_depth", inboxes, SessionMetrics::waiting)
                .description("Blocks of audio of all tracks that wait for their track's thread")
                .register(metrics);
        TimeGauge.builder("stt_audio_queue_age", inboxes, TimeUnit.NANOSECONDS, SessionMetrics::age)
                .description("How long the oldest of them waits")
                .register(metrics);
        gaps = counter(
                metrics, "stt_audio_gaps_total", "Times that audio stopped coming and silence was put in its place");
        refusedTracks = counter(metrics, "stt_tracks_refused_total", "Tracks that were not listened to");
        defects = metrics.counter("stt_errors_total", "kind", FailureKind.DEFECT.name());
    }

    void room(int change) {
        rooms.addAndGet(change);
    }

    void participant(int change) {
        participants.addAndGet(change);
    }

    void track(int change) {
        tracks.addAndGet(change);
    }

    int activeTracks() {
        return tracks.get();
    }

    int activeRooms() {
        return rooms.get();
    }

    int activeParticipants() {
        return participants.get();
    }

    void overLimit() {
        framesOverLimit.increment();
    }

    void sessionServed() {
        sessions.increment();
    }

    long sessionsServed() {
        return (long) sessions.count();
    }

    /** Shows what waits for a track until the answer is closed. */
    Watch watch(Inbox inbox) {
        inboxes.add(inbox);
        return () -> inboxes.remove(inbox);
    }

    void frameDropped() {
        framesDropped.increment();
    }

    void partialSent(String variant) {
        partials(variant).increment();
    }

    private Counter partials(String variant) {
        return Counter.builder("stt_transcripts_sent_total")
                .tag("type", "partial")
                .tag("variant", variant)
                .description("Transcripts stored in the stream, and partials sent")
                .register(metrics);
    }

    void firstPartial(Duration sinceFirstSound) {
        firstPartial.record(sinceFirstSound);
    }

    void reconnected(Reconnect kind) {
        Objects.requireNonNull(reconnects.get(kind)).increment();
    }

    /** @param attempt from 1 */
    void joining(int attempt) {
        if (attempt > 1) {
            reconnected(Reconnect.REJOINED);
        }
    }

    void joinFailed(LiveKitException.Reason reason) {
        Objects.requireNonNull(joinFailures.get(reason)).increment();
    }

    void roomRefused() {
        roomsRefused.increment();
    }

    void roomClaimed() {
        roomsClaimed.increment();
    }

    /** Told by one thread. */
    void registered(boolean now) {
        registered.set(now ? 1 : 0);
        if (now && everRegistered.getAndSet(true)) {
            reconnected(Reconnect.REGISTERED);
        }
    }

    void vadError(VadError kind) {
        Objects.requireNonNull(vadErrors.get(kind)).increment();
    }

    void gapFilled() {
        gaps.increment();
    }

    void trackRefused() {
        refusedTracks.increment();
    }

    void defect() {
        defects.increment();
    }

    private static double waiting(Set<Inbox> inboxes) {
        return inboxes.stream().mapToInt(Inbox::waiting).sum();
    }

    private static double age(Set<Inbox> inboxes) {
        return inboxes.stream()
                .mapToDouble(inbox -> inbox.age().toNanos())
                .max()
                .orElse(0);
    }

    private static AtomicInteger gauge(MeterRegistry metrics, String name, String description) {
        AtomicInteger value = new AtomicInteger();
        Gauge.builder(name, value, AtomicInteger::get).description(description).register(metrics);
        return value;
    }

    private static Counter counter(MeterRegistry metrics, String name, String description) {
        return Counter.builder(name).description(description).register(metrics);
    }

    private static Counter counter(MeterRegistry metrics, String name, String description, Enum<?> kind) {
        return Counter.builder(name)
                .description(description)
                .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                .register(metrics);
    }
}
