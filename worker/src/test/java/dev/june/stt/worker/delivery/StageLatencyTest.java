package dev.june.stt.worker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.Recognition;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StageLatencyTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final StageLatency stages = new StageLatency(metrics);

    @Test
    void theStagesOfAFinalAddUpToItsWay() {
        SealedUtterance.Header utterance =
                Utterances.sealed("key", new short[16_000]).header();
        Instant published = utterance.speechEndedAt().plusMillis(1_500);
        stages.stored(finalOf(utterance, published), Duration.ofMillis(40));
        stages.delivered(Duration.ofMillis(300));

        double endpointing = (double)
                Duration.between(utterance.speechEndedAt(), utterance.endedAt()).toMillis();
        assertThat(millis("endpointing")).isEqualTo(endpointing).isPositive();
        assertThat(millis("decode")).isEqualTo(200);
        assertThat(millis("queue")).isEqualTo(1_500 - endpointing - 200);
        assertThat(millis("publish")).isEqualTo(40);
        assertThat(millis("deliver")).isEqualTo(300);
    }

    @Test
    void everyStageIsThereBeforeTheFirstFinal() {
        for (StageLatency.Stage stage : StageLatency.Stage.values()) {
            assertThat(millis(stage.name().toLowerCase(java.util.Locale.ROOT))).isZero();
        }
    }

    private static Transcript.Final finalOf(SealedUtterance.Header utterance, Instant published) {
        Recognition.Text text = new Recognition.Text(
                "hello",
                List.of(),
                new Transcript.Language("en", 0.9, Transcript.Language.Source.DETECTED),
                -0.1,
                null,
                new Recognition.Timing(Duration.ZERO, Duration.ofMillis(200)));
        return (Transcript.Final) Transcripts.of(
                new NumberedUtterance.Header("TR_a-000001", 1, utterance, null),
                text,
                "",
                "base",
                "worker-1",
                published);
    }

    private double millis(String stage) {
        return metrics.get("stt_final_stage_seconds")
                .tag("stage", stage)
                .timer()
                .totalTime(TimeUnit.MILLISECONDS);
    }
}
