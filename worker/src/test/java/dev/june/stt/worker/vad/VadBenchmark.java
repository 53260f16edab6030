package dev.june.stt.worker.vad;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import dev.june.stt.worker.audio.Pcm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Where the numbers of docs/decisions/0010-vad.md come from. No part of the build: run one method at a time, each in a fresh process,
 * with {@code ./mvnw -pl worker -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest='VadBenchmark#plainJava'}.
 */
class VadBenchmark {
    private static final int REPETITIONS = 8;
    private static final int WINDOWS = 4_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void plainJava() throws IOException {
        measure(SileroDetector::factory);
    }

    @Test
    void onnxRuntime() throws IOException {
        measure(OnnxSileroDetector::factory);
    }

    private void measure(Function<Path, SpeechDetector.Factory> implementation) throws IOException {
        TestAudio audio = TestAudio.of(Speech.of("en_jfk"));
        short[][] speech =
                IntStream.range(0, audio.windows()).mapToObj(audio::window).toArray(short[][]::new);
        Path model = Setup.path("silero.model");
        long residentBefore = residentKilobytes();
        long cpuBefore = processCpuNanos();
        long start = System.nanoTime();
        try (var factory = implementation.apply(model);
                var detector = factory.create()) {
            print("loaded in %.0f ms, %.0f ms of CPU"
                    .formatted(millis(System.nanoTime() - start), millis(processCpuNanos() - cpuBefore)));
            detector.probability(speech[0]);
            print("first answer after %.0f ms".formatted(millis(System.nanoTime() - start)));
            run(speech, speech.length, detector);
            print("first %d windows: %.0f ms of CPU, load and JIT included"
                    .formatted(speech.length, millis(processCpuNanos() - cpuBefore)));
            for (int i = 0; i < REPETITIONS; i++) {
                report("one track", speech, detector);
            }
            print("resident memory grew by %d MB".formatted((residentKilobytes() - residentBefore) / 1_000));
            SpeechDetector[] many =
                    IntStream.range(0, 500).mapToObj(_ -> factory.create()).toArray(SpeechDetector[]::new);
            for (int i = 0; i < REPETITIONS; i++) {
                report("500 tracks in turn", speech, many);
            }
        }
    }

    private void report(String name, short[][] speech, SpeechDetector... detectors) {
        long cpu = threads.getCurrentThreadCpuTime();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        run(speech, WINDOWS, detectors);
        double each = millis(threads.getCurrentThreadCpuTime() - cpu) / WINDOWS;
        long bytes = (threads.getCurrentThreadAllocatedBytes() - allocated) / WINDOWS;
        double perSecond = each * Pcm.SAMPLE_RATE_HZ / SpeechDetector.WINDOW_SAMPLES;
        print("%s: %.4f ms of CPU per window, %.2f ms per second of audio, %d bytes"
                .formatted(name, each, perSecond, bytes));
    }

    private static void run(short[][] speech, int windows, SpeechDetector... detectors) {
        for (int i = 0; i < windows; i++) {
            detectors[i % detectors.length].probability(speech[i % speech.length]);
        }
    }

    private static void print(String line) {
        System.out.println("vad benchmark: " + line);
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private static long processCpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
