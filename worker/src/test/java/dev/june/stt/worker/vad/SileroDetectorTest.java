package dev.june.stt.worker.vad;

import static dev.june.stt.worker.vad.SpeechDetector.WINDOW_SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SileroDetectorTest {
    private final SileroDetector detector =
            new SileroDetector(SileroNetwork.of(OnnxTensors.read(TestModel.withRandomWeights())));

    @Test
    void aWindowOfAnotherLengthIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> detector.probability(new short[160]))
                .withMessage("window: expected 512 samples, got 160");
    }

    @Test
    void extremeSamplesGiveAProbability() {
        for (short extreme : new short[] {Short.MIN_VALUE, Short.MAX_VALUE}) {
            short[] window = new short[WINDOW_SAMPLES];
            Arrays.fill(window, extreme);
            for (int i = 0; i < 100; i++) {
                assertThat(detector.probability(window)).isBetween(0f, 1f);
                window[i] = (short) ~extreme;
            }
        }
    }

    @Test
    void theWindowIsNeitherKeptNorChanged() {
        short[] window = new short[WINDOW_SAMPLES];
        window[7] = 12_345;
        short[] copy = window.clone();
        float first = detector.probability(window);
        assertThat(window).isEqualTo(copy);
        detector.reset();
        assertThat(detector.probability(window)).isEqualTo(first);
    }

    @Test
    void aWindowCostsNoMemory() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        short[] window = new short[WINDOW_SAMPLES];
        detector.probability(window);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            detector.probability(window);
        }
        assertThat((threads.getCurrentThreadAllocatedBytes() - before) / 1_000)
                .as("bytes per window")
                .isZero();
    }
}
