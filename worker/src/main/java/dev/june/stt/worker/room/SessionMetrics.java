package dev.june.stt.worker.room;

import dev.june.stt.worker.delivery.FailureKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** Figures of all tracks together: names of rooms and participants are no labels. Any thread. */
final class SessionMetrics {
    private final AtomicInteger tracks;
    private final AtomicInteger participants;
    private final AtomicInteger rooms;
    private final Counter framesDropped;
    private final MeterRegistry metrics;
    private final Counter gaps;
    private final Counter refusedTracks;
    private final Counter defects;

    SessionMetrics(MeterRegistry metrics) {
        tracks = gauge(metrics, "stt_active_tracks", "Audio tracks being listened to");
        participants = gauge(metrics, "stt_active_participants", "Participants being listened to");
        rooms = gauge(metrics, "stt_active_rooms", "Rooms being listened to");
        framesDropped = counter(
                metrics, "stt_frames_dropped_total", "Blocks of audio that were dropped because a track fell behind");
        this.metrics = metrics;
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

    void frameDropped() {
        framesDropped.increment();
    }

    void partialSent(String variant) {
        metrics.counter("stt_transcripts_sent_total", "type", "partial", "variant", variant)
                .increment();
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

    private static AtomicInteger gauge(MeterRegistry metrics, String name, String description) {
        AtomicInteger value = new AtomicInteger();
        io.micrometer.core.instrument.Gauge.builder(name, value, AtomicInteger::get)
                .description(description)
                .register(metrics);
        return value;
    }

    private static Counter counter(MeterRegistry metrics, String name, String description) {
        return Counter.builder(name).description(description).register(metrics);
    }
}
