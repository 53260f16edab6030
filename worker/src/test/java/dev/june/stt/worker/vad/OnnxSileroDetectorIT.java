package dev.june.stt.worker.vad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OnnxSileroDetectorIT {
    @Test
    void findsTheSpeechAndTheSilence() {
        try (var factory = OnnxSileroDetector.factory(Setup.path("silero.model"));
                var detector = factory.create()) {
            short[] samples = Speech.of("en_jfk").samples();
            int speech = 0;
            int windows = samples.length / SpeechDetector.WINDOW_SAMPLES;
            for (int i = 0; i < windows; i++) {
                int start = i * SpeechDetector.WINDOW_SAMPLES;
                float p =
                        detector.probability(Arrays.copyOfRange(samples, start, start + SpeechDetector.WINDOW_SAMPLES));
                assertThat(p).isBetween(0f, 1f);
                speech += p > 0.5 ? 1 : 0;
            }
            assertThat(speech / (double) windows).isBetween(0.5, 0.9);
            detector.reset();
            for (int i = 0; i < 100; i++) {
                assertThat(detector.probability(new short[SpeechDetector.WINDOW_SAMPLES]))
                        .isLessThan(0.2f);
            }
        }
    }

    @Test
    void aClosedDetectorRefuses() {
        var factory = OnnxSileroDetector.factory(Setup.path("silero.model"));
        var detector = factory.create();
        factory.close();
        assertThatThrownBy(factory::create).hasMessageContaining("closed");
        assertThat(detector.probability(new short[SpeechDetector.WINDOW_SAMPLES]))
                .isBetween(0f, 1f);
        detector.close();
        detector.close();
        assertThatThrownBy(() -> detector.probability(new short[SpeechDetector.WINDOW_SAMPLES]))
                .hasMessageContaining("closed");
    }
}
