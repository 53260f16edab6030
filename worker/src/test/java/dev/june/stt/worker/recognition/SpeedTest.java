package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import java.time.Duration;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SpeedTest {
    private final Speed speed = new Speed();

    @Test
    void itIsSpeechPerDecodeTime() {
        speed.observe(request(Priority.FINAL, 5), Duration.ofSeconds(1));
        assertThat(speed.value()).isEqualTo(5, Offset.offset(1e-9));
    }

    @Test
    void partialsDoNotCount() {
        speed.observe(request(Priority.FINAL, 5), Duration.ofSeconds(1));
        speed.observe(request(Priority.PARTIAL, 1), Duration.ofSeconds(1));
        assertThat(speed.value()).isEqualTo(5, Offset.offset(1e-9));
    }

    @Test
    void itFollowsTheLastMinutesOfSpeech() {
        speed.observe(request(Priority.FINAL, 5), Duration.ofMillis(500));
        for (int i = 0; i < 60; i++) {
            speed.observe(request(Priority.FINAL, 5), Duration.ofSeconds(1));
        }
        assertThat(speed.value()).isBetween(5.0, 5.2);
    }

    @Test
    void theWarmUpSoundIsAlwaysTheSameAndNotSilent() {
        assertThat(Speed.babble()).hasSize(5 * 16_000).isEqualTo(Speed.babble());
        int loudest = 0;
        for (short sample : Speed.babble()) {
            loudest = Math.max(loudest, Math.abs(sample));
        }
        assertThat(loudest).isBetween(1_000, 32_000);
    }

    private static DecodeRequest request(Priority priority, int seconds) {
        return new DecodeRequest(
                "u",
                priority,
                new short[seconds * 16_000],
                "en",
                List.of(),
                List.of(),
                new SpeechEvidence(seconds, 0.9));
    }
}
