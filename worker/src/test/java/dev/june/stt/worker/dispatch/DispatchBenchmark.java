package dev.june.stt.worker.dispatch;

import static dev.june.stt.worker.dispatch.DispatchRig.webhook;
import static dev.june.stt.worker.faults.PipelineOnNats.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the dispatcher can do: FINALs from TRANSCRIPTS to a receiver on loopback, the dispatcher in a process of its own with a heap of 64
 * MiB; NATS, the receiver and who publishes share the machine. No part of the build: {@code e2e/bench-dispatch} runs it, docs/benchmark.md
 * says what the numbers mean.
 */
class DispatchBenchmark {
    private static final int PER_SECOND = Integer.getInteger("june.bench.rate", 1_000);
    private static final int SECONDS = Integer.getInteger("june.bench.seconds", 30);
    private static final int WARM_UP_SECONDS = 10;
    private static final int PUBLISHERS = 4;
    private static final int PARTICIPANTS = 200;

    @TempDir
    Path folder;

    private final ConcurrentHashMap<String, Long> arrivals = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Double> latenciesMs = new ConcurrentLinkedQueue<>();
    private volatile boolean measuring;

    /** FINALs come at an even pace: how much later does the receiver have them? */
    @Test
    void paced() throws Exception {
        try (HttpReceiver receiver = receiver();
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            Process dispatcher = DispatcherProcess.start(rig, receiver, ProcessBuilder.Redirect.PIPE);
            publish(rig, 0, WARM_UP_SECONDS);
            await(rig::isDone);
            measuring = true;
            long start = System.nanoTime();
            publish(rig, WARM_UP_SECONDS, SECONDS);
            double published = (System.nanoTime() - start) / 1e9;
            await(rig::isDone);
            double[] sorted =
                    latenciesMs.stream().mapToDouble(ms -> ms).sorted().toArray();
            print(
                    "paced: %d FINALs in %.1f s (%.0f/s); publish to receipt p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, max %.1f ms"
                            .formatted(
                                    sorted.length,
                                    published,
                                    sorted.length / published,
                                    at(sorted, 50),
                                    at(sorted, 95),
                                    at(sorted, 99),
                                    at(sorted, 100)));
            finish(dispatcher);
        }
    }

    /** They wait already: how fast does the receiver get them? */
    @Test
    void backlog() throws Exception {
        try (HttpReceiver receiver = receiver();
                DispatchRig rig = new DispatchRig(folder, webhook(receiver.url()))) {
            publish(rig, 0, SECONDS);
            int all = PER_SECOND * SECONDS;
            Process dispatcher = DispatcherProcess.start(rig, receiver, ProcessBuilder.Redirect.PIPE);
            await(() -> arrivals.size() > all / 4); // the rest is measured: code that runs first is slow
            int from = arrivals.size();
            long start = System.nanoTime();
            await(rig::isDone);
            double seconds = (System.nanoTime() - start) / 1e9;
            print("backlog: %d of %d FINALs in %.1f s (%.0f/s)"
                    .formatted(all - from, all, seconds, (all - from) / seconds));
            finish(dispatcher);
        }
    }

    private HttpReceiver receiver() {
        return new HttpReceiver(request -> {
            arrivals.merge(request.id(), 1L, Long::sum);
            if (measuring) {
                Instant published = Instant.parse(request.header("ce-time"));
                latenciesMs.add(Duration.between(published, request.at()).toNanos() / 1e6);
            }
            return HttpReceiver.Reply.OK;
        });
    }

    private static void publish(DispatchRig rig, int fromSecond, int seconds) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(PUBLISHERS);
        long start = System.nanoTime();
        for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
            int mine = publisher;
            Thread.ofVirtual().start(() -> {
                int count = PER_SECOND * seconds;
                for (int i = mine; i < count; i += PUBLISHERS) {
                    long due = start + TimeUnit.SECONDS.toNanos(i) / PER_SECOND;
                    while (due > System.nanoTime()) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                    int number = fromSecond * PER_SECOND + i;
                    try {
                        rig.publishFinal("p" + number % PARTICIPANTS, number / PARTICIPANTS + 1);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
                done.countDown();
            });
        }
        done.await();
    }

    private void finish(Process dispatcher) throws IOException, InterruptedException {
        dispatcher.getOutputStream().close();
        dispatcher
                .inputReader()
                .lines()
                .filter(line -> line.startsWith("dispatcher:"))
                .forEach(DispatchBenchmark::print);
        dispatcher.waitFor();
        long repeated = arrivals.values().stream().filter(times -> times > 1).count();
        print("ids that came more than once: " + repeated);
        print("%d processors; load average of the last minute %.1f; %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                        cpuModel()));
    }

    private static double at(double[] sorted, int percent) {
        return sorted.length == 0 ? Double.NaN : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    private static String cpuModel() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .findFirst()
                .orElse("an unknown processor");
    }

    private static void print(String line) {
        System.out.println(line);
    }
}
