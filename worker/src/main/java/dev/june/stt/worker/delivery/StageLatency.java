package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.Transcript;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Where the time of a FINAL goes, from the end of speech to the webhook's receiver, stage by stage. Any thread. */
public final class StageLatency {
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofMinutes(10)
    };

    private final Map<Stage, Timer> stages = new EnumMap<>(Stage.class);

    /** In the order in which a FINAL goes through them. */
    public enum Stage {
        /** From the end of speech until it is decided that the utterance is over. */
        ENDPOINTING,
        /** From there to the start of the decode; none for a decode that was begun before. */
        QUEUE,
        DECODE,
        /** Until the server has confirmed that the FINAL is stored. */
        PUBLISH,
        /** From there to the receiver's 2xx, retries included. */
        DELIVER;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public StageLatency(MeterRegistry metrics) {
        for (Stage stage : Stage.values()) {
            stages.put(
                    stage,
                    Timer.builder("stt_final_stage_seconds")
                            .description("Where the time of a FINAL went")
                            .tag("stage", stage.label())
                            .serviceLevelObjectives(BOUNDS)
                            .register(metrics));
        }
    }

    /** @param publishing how long the server took to confirm it */
    void stored(Transcript.Final transcript, Duration publishing) {
        Transcript.Latency latency = transcript.latency();
        record(Stage.ENDPOINTING, Duration.ofMillis(latency.endpointMs()));
        record(Stage.QUEUE, Duration.ofMillis(latency.queueMs()));
        record(Stage.DECODE, Duration.ofMillis(latency.decodeMs()));
        record(Stage.PUBLISH, publishing);
    }

    public void delivered(Duration sinceStored) {
        record(Stage.DELIVER, sinceStored);
    }

    private void record(Stage stage, Duration duration) {
        Objects.requireNonNull(stages.get(stage)).record(duration);
    }
}
