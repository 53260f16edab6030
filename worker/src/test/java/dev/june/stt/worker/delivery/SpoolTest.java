package dev.june.stt.worker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
    @TempDir
    Path folder;

    @Test
    void recordsComeOutInTheOrderTheyWentIn() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            for (int i = 0; i < 5; i++) {
                assertThat(spool.append(record(i, 100))).isTrue();
            }
            assertThat(drain(spool, 5)).containsExactly(0, 1, 2, 3, 4);
            assertThat(spool.depth()).isZero();
            assertThat(spool.bytes()).isZero();
        }
    }

    @Test
    void whatWasNotRemovedComesAgainAfterARestart() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            for (int i = 0; i < 4; i++) {
                spool.append(record(i, 100));
            }
            drain(spool, 1);
        }
        try (Spool spool = new Spool(folder, 1 << 20)) {
            assertThat(drain(spool, spool.depth())).containsExactly(1, 2, 3);
            spool.append(record(9, 100));
            assertThat(drain(spool, 1)).containsExactly(9);
        }
    }

    @Test
    void withoutItsCursorWhatWasRemovedComesAgainRatherThanBeingLost() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            for (int i = 0; i < 4; i++) {
                spool.append(record(i, 100));
            }
            drain(spool, 2);
        }
        Files.delete(folder.resolve("cursor"));
        try (Spool spool = new Spool(folder, 1 << 20)) {
            assertThat(drain(spool, spool.depth())).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void aFullSpoolRefusesAndKeepsWhatItHas() throws Exception {
        try (Spool spool = new Spool(folder, 250)) {
            assertThat(spool.append(record(0, 100))).isTrue();
            assertThat(spool.append(record(1, 100))).isTrue();
            assertThat(spool.append(record(2, 100))).isFalse();
            assertThat(spool.fill()).isEqualTo(0.8);
            assertThat(drain(spool, 2)).containsExactly(0, 1);
            assertThat(spool.append(record(2, 100))).isTrue();
        }
    }

    @Test
    void aHalfWrittenRecordIsCutOffAndTheOnesBeforeItAreKept() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            Path round1 = Files.createDirectories(folder.resolve("round-" + round));
            try (Spool spool = new Spool(round1, 1 << 20)) {
                for (int i = 0; i < 3; i++) {
                    spool.append(record(i, 100));
                }
            }
            Path segment;
            try (var files = Files.list(round1)) {
                segment = files.filter(each -> each.toString().endsWith(".spool"))
                        .findFirst()
                        .orElseThrow();
            }
            long cut = 2 * 108L + random.nextInt(108);
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
                file.setLength(cut);
            }
            try (Spool spool = new Spool(round1, 1 << 20)) {
                assertThat(drain(spool, spool.depth()))
                        .as("seed %d, cut at %d", seed, cut)
                        .containsExactly(0, 1);
                spool.append(record(7, 100));
                assertThat(drain(spool, 1)).containsExactly(7);
            }
        }
    }

    @Test
    void aDamagedRecordIsKeptAsideAndTheOnesBehindItAreGivenOut() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            for (int i = 0; i < 3; i++) {
                spool.append(record(i, 100));
            }
        }
        damage(108 + 8 + 50);
        try (Spool spool = new Spool(folder, 1 << 20)) {
            assertThat(drain(spool, 2)).containsExactly(0, 2);
            assertThat(spool.quarantined()).isEqualTo(1);
            assertThat(spool.depth()).isZero();
        }
        assertThat(Files.size(folder.resolve("quarantine").resolve("0000000000000000-108")))
                .isEqualTo(108);
        try (Spool spool = new Spool(folder, 1 << 20)) {
            assertThat(spool.depth()).as("it is not read again").isZero();
        }
    }

    @Test
    void aRecordWhoseLengthIsDamagedIsKeptAsideWithAllBehindIt() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            for (int i = 0; i < 3; i++) {
                spool.append(record(i, 100));
            }
        }
        damage(108);
        try (Spool spool = new Spool(folder, 1 << 20)) {
            assertThat(spool.quarantined()).isEqualTo(1);
            spool.append(record(9, 100));
            assertThat(drain(spool, 2)).containsExactly(0, 9);
        }
        assertThat(Files.size(folder.resolve("quarantine").resolve("0000000000000000-108")))
                .isEqualTo(216);
    }

    @Test
    void zerosThatACrashOfTheMachineLeftAreNoRecords() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            spool.append(record(0, 100));
        }
        try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "rw")) {
            file.setLength(4096);
        }
        try (Spool spool = new Spool(folder, 1 << 20)) {
            assertThat(spool.depth()).isEqualTo(1);
        }
    }

    @Test
    void whatNobodyCanAppendIsKeptAside() throws Exception {
        try (Spool spool = new Spool(folder, 1 << 20)) {
            spool.append(record(0, 100));
            spool.setAside(spool.peek().orElseThrow(), "for a test");
            spool.remove();
            assertThat(spool.quarantined()).isEqualTo(1);
        }
        assertThat(folder.resolve("quarantine").resolve("0000000000000000-0")).hasBinaryContent(record(0, 100));
    }

    private void damage(long position) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "rw")) {
            file.seek(position);
            file.write(0xff);
        }
    }

    private Path segment() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(each -> each.toString().endsWith(".spool"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void segmentsAreDeletedWhenTheirRecordsAreSafe() throws Exception {
        try (Spool spool = new Spool(folder, 64 << 20)) {
            for (int i = 0; i < 20; i++) {
                spool.append(record(i, 1 << 20));
            }
            assertThat(files()).isGreaterThan(2);
            drain(spool, 20);
        }
        assertThat(files()).isZero();
    }

    @Test
    void manyThreadsAppendAndOneDrainsWithoutLossOrRepetition() throws Exception {
        int threads = 8;
        int each = 200;
        try (Spool spool = new Spool(folder, 64 << 20);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int first = t * each;
                writers.add(executor.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        assertThat(spool.append(record(first + i, 500))).isTrue();
                    }
                    return null;
                }));
            }
            List<Integer> seen = drain(spool, threads * each);
            for (Future<?> writer : writers) {
                writer.get();
            }
            assertThat(seen).doesNotHaveDuplicates().hasSize(threads * each);
            assertThat(spool.awaitEmpty(Duration.ZERO)).isTrue();
        }
    }

    private static List<Integer> drain(Spool spool, int count) throws InterruptedException, IOException {
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] payload = spool.peek().orElseThrow();
            seen.add(java.nio.ByteBuffer.wrap(payload).getInt());
            spool.remove();
        }
        return seen;
    }

    private static byte[] record(int number, int length) {
        return java.nio.ByteBuffer.allocate(length).putInt(number).array();
    }

    private long files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(each -> each.toString().endsWith(".spool")).count();
        }
    }
}
