package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.room.RoomSupervisor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What the report says of the load, as metrics: for autoscalers other than the operator. */
final class LoadMeters {
    LoadMeters(RoomSupervisor rooms, MeterRegistry meters) {
        Gauge.builder("stt_tracks_counted", rooms, each -> each.load().tracks())
                .description("Tracks listened to, and one for each room that was taken and in which nobody speaks yet")
                .register(meters);
        Gauge.builder("stt_tracks_capacity", rooms, each -> each.load().capacity())
                .description("Tracks that this worker can follow, from its measured speed")
                .register(meters);
    }
}
