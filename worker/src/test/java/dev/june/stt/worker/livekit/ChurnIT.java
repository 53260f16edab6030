package dev.june.stt.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Joining and leaving leaves nothing behind but what the native library is known to keep. Prints what it measured. More cycles:
 * {@code -Dlivekit.churn.cycles=1000}.
 */
class ChurnIT {
    private static final int CYCLES = Integer.getInteger("livekit.churn.cycles", 60);
    private static final int WARM_UP = 20;

    @TempDir
    private Path folder;

    @Test
    void joiningAndLeavingLeavesNothingOpen() throws Exception {
        try (LiveKitRig rig = new LiveKitRig(folder);
                Speaker anna = rig.speaker("churn", "anna")) {
            int held = rig.library.counts().openHandles(); // the speaker's
            cycles(rig, anna, WARM_UP);
            Footprint before = Footprint.now();
            cycles(rig, anna, CYCLES);
            rig.awaitOpenHandles(held);
            Await.until(
                    () -> Footprint.now().files <= before.files + 10 && Footprint.now().threads <= before.threads + 10,
                    Duration.ofMinutes(2),
                    () -> "as many files and threads as before: " + before + " -> " + Footprint.now());
            Footprint after = Footprint.now();
            System.out.printf(
                    "%d sessions: %s -> %s, %.0f kB resident per session; %s%n",
                    CYCLES,
                    before,
                    after,
                    (after.residentKb - before.residentKb) / (double) CYCLES,
                    rig.library.counts());

            assertThat(rig.library.counts().unknownHandles()).isZero();
            assertThat(rig.library.counts().rooms()).isZero();
            assertThat(rig.library.counts().streams()).isZero();
            assertThat(after.residentKb - before.residentKb).isLessThan(1_500L * CYCLES);
            assertThat(rig.panicked).isFalse();
        }
    }

    private static void cycles(LiveKitRig rig, Speaker anna, int count) throws InterruptedException {
        Thread talk = Thread.ofVirtual().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                anna.pause(Duration.ofMillis(100));
            }
        });
        for (int i = 0; i < count; i++) {
            Recorder recorder = new Recorder();
            try (RoomConnection room = rig.join("churn", recorder)) {
                recorder.awaitFrames(anna.trackSid(), 1);
                assertThat(room.room()).isEqualTo("churn");
            }
        }
        talk.interrupt();
        talk.join();
    }

    /** What this process holds. */
    private record Footprint(long residentKb, int threads, int files) {
        static Footprint now() {
            System.gc();
            return new Footprint(residentNowKb(), entries("/proc/self/task"), entries("/proc/self/fd"));
        }

        private static long residentNowKb() {
            try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
                return lines.filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static int entries(String folder) {
            try (Stream<Path> entries = Files.list(Path.of(folder))) {
                return (int) entries.count();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
