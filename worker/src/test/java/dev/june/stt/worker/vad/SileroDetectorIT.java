package dev.june.stt.worker.vad;

import static dev.june.stt.worker.vad.SpeechDetector.WINDOW_SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The real model, on real speech and on everything else a microphone may send, against ONNX Runtime. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SileroDetectorIT {
    private static final float TOLERANCE = 1e-4f;

    private SpeechDetector.Factory factory;
    private SpeechDetector.Factory reference;

    @BeforeAll
    void load() {
        factory = SileroDetector.factory(Setup.path("silero.model"));
        reference = OnnxSileroDetector.factory(Setup.path("silero.model"));
    }

    @AfterAll
    void free() {
        factory.close();
        reference.close();
    }

    static Stream<TestAudio> everyKindOfAudio() {
        return TestAudio.everyKind(2_000);
    }

    @ParameterizedTest
    @MethodSource("everyKindOfAudio")
    void answersAsOnnxRuntimeDoes(TestAudio audio) {
        try (var detector = factory.create();
                var other = reference.create()) {
            assertThat(worstDifference(detector, other, audio)).isLessThan(TOLERANCE);
        }
    }

    @Test
    void doesNotDriftInTenThousandWindowsOfOneTrack() {
        List<TestAudio> parts = TestAudio.everyKind(200).toList();
        try (var detector = factory.create();
                var other = reference.create()) {
            for (int windows = 0; windows < 10_000; windows += 200 * parts.size()) {
                for (TestAudio audio : parts) {
                    assertThat(worstDifference(detector, other, audio))
                            .as("%s, after %d windows", audio, windows)
                            .isLessThan(TOLERANCE);
                }
            }
        }
    }

    @Test
    void tellsSpeechFromSilence() {
        List<Float> spoken = probabilities(TestAudio.of(Speech.of("en_jfk")));
        assertThat(spoken.stream().filter(p -> p > 0.5).count() / (double) spoken.size())
                .isBetween(0.5, 0.9);
        assertThat(probabilities(TestAudio.silence(300))).allMatch(p -> p < 0.2);
    }

    @Test
    void forgetsEverythingWhenReset() {
        TestAudio audio = TestAudio.of(Speech.of("en_jfk"));
        try (var detector = factory.create()) {
            List<Float> first = probabilities(detector, audio);
            assertThat(probabilities(detector, audio)).isNotEqualTo(first);
            detector.reset();
            assertThat(probabilities(detector, audio)).isEqualTo(first);
        }
    }

    @Test
    void tracksDoNotHearEachOtherFromAnyNumberOfThreads() throws InterruptedException, ExecutionException {
        List<TestAudio> tracks = Speech.all().stream().map(TestAudio::of).toList();
        List<List<Float>> alone = tracks.stream().map(this::probabilities).toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Float>>> together = new ArrayList<>();
            for (TestAudio track : tracks) {
                together.add(threads.submit(() -> probabilities(track)));
            }
            for (int i = 0; i < tracks.size(); i++) {
                assertThat(together.get(i).get()).as(tracks.get(i).name()).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    void aThousandDetectorsShareTheWeights() {
        long before = heapBytes();
        List<SpeechDetector> detectors =
                IntStream.range(0, 1_000).mapToObj(_ -> factory.create()).toList();
        long each = (heapBytes() - before) / detectors.size();
        assertThat(each).as("bytes per detector; the weights are 1.2 million").isLessThan(50_000);
        assertThat(detectors)
                .allSatisfy(d ->
                        assertThat(d.probability(new short[WINDOW_SAMPLES])).isLessThan(0.2f));
    }

    /** A detector holds nothing outside the heap, so what is left on it tells all. */
    @Test
    void tenThousandDetectorsLeaveNothingBehind() {
        cycles(100); // classes are loaded
        long before = heapBytes();
        cycles(10_000);
        assertThat(heapBytes() - before)
                .as("growth of the heap in bytes; one detector is some 20,000")
                .isLessThan(10_000_000);
    }

    private void cycles(int count) {
        short[] window = new short[WINDOW_SAMPLES];
        for (int i = 0; i < count; i++) {
            try (var detector = factory.create()) {
                detector.probability(window);
            }
        }
    }

    private static float worstDifference(SpeechDetector detector, SpeechDetector other, TestAudio audio) {
        float worst = 0;
        for (int i = 0; i < audio.windows(); i++) {
            short[] window = audio.window(i);
            worst = Math.max(worst, Math.abs(detector.probability(window) - other.probability(window)));
        }
        return worst; // NaN if one of them ever was
    }

    private List<Float> probabilities(TestAudio audio) {
        try (var detector = factory.create()) {
            return probabilities(detector, audio);
        }
    }

    private static List<Float> probabilities(SpeechDetector detector, TestAudio audio) {
        List<Float> probabilities = new ArrayList<>();
        for (int i = 0; i < audio.windows(); i++) {
            probabilities.add(detector.probability(audio.window(i)));
        }
        return probabilities;
    }

    private static long heapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
