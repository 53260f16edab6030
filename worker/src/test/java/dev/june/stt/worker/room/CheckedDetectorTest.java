package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.worker.vad.SpeechDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckedDetectorTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Told told = new Told();
    private final CheckedDetector detector = new CheckedDetector(told, new SessionMetrics(metrics));

    /** Says what it is told to say; fails when that is over. */
    private static final class Told implements SpeechDetector {
        private final Queue<Float> answers = new ArrayDeque<>();
        private int resets;

        @Override
        public float probability(short[] window) {
            return answers.remove();
        }

        @Override
        public void reset() {
            resets++;
        }

        @Override
        public void close() {}
    }

    @Test
    void aProbabilityPasses() {
        told.answers.addAll(List.of(0f, 0.3f, 1f));
        assertThat(List.of(hear(), hear(), hear())).containsExactly(0f, 0.3f, 1f);
        assertThat(errors("no_probability") + errors("failed")).isZero();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -0.1f, 1.1f})
    void whatIsNoProbabilityIsSilenceAndForgotten(float answer) {
        told.answers.addAll(List.of(answer, 0.9f));
        assertThat(hear()).isZero();
        assertThat(told.resets).isEqualTo(1);
        assertThat(errors("no_probability")).isEqualTo(1);
        assertThat(hear()).as("it hears on").isEqualTo(0.9f);
    }

    @Test
    void aFailureIsCountedAndGoesOnToTheTrack() {
        assertThatThrownBy(this::hear).isInstanceOf(RuntimeException.class);
        assertThat(errors("failed")).isEqualTo(1);
    }

    private float hear() {
        return detector.probability(new short[SpeechDetector.WINDOW_SAMPLES]);
    }

    private double errors(String kind) {
        return metrics.get("stt_vad_errors_total").tag("kind", kind).counter().count();
    }
}
