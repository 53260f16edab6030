package dev.june.stt.worker.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;

/** A {@link SpeakingWorker} as its parent sees it. Killed when closed. */
final class WorkerProcess implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final SpeakingWorker.Task task;
    private final Process process;
    private final Thread reader;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Queue<Said> told = new ConcurrentLinkedQueue<>();
    private final Queue<Said> tried = new ConcurrentLinkedQueue<>();

    WorkerProcess(SpeakingWorker.Task task, Path log) throws IOException {
        this.task = task;
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SpeakingWorker.class.getName(),
                        JsonMapper.shared().writeValueAsString(task)))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        process = builder.start();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(process::destroyForcibly));
        reader = Thread.ofVirtual().name("worker-output").start(this::read);
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("@told ")) {
                    told.add(said(line));
                } else if (line.startsWith("@trying ")) {
                    tried.add(said(line));
                } else if (line.startsWith("@")) {
                    lines.add(line.substring(1));
                }
            }
        } catch (IOException e) {
            // it was killed in the middle of a word
        }
    }

    private Said said(String line) {
        int number = Integer.parseInt(line.substring(line.indexOf(' ') + 1));
        return new Said("p" + number % task.participants(), number);
    }

    /** What it said was taken over. */
    List<Said> told() {
        return List.copyOf(told);
    }

    /** What it tried to hand over, the above included. */
    List<Said> tried() {
        return List.copyOf(tried);
    }

    boolean hasSaid(String prefix) {
        return lines.stream().anyMatch(line -> line.startsWith(prefix));
    }

    String line(String prefix) {
        return lines.stream()
                .filter(line -> line.startsWith(prefix))
                .findFirst()
                .orElseThrow();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** As kill -9 does; returns at once. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits until it has said something, or is dead. */
    boolean await(String prefix) throws InterruptedException {
        await(() -> hasSaid(prefix) || !process.isAlive());
        return hasSaid(prefix);
    }

    boolean awaitEnd(Duration limit) throws InterruptedException {
        boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (ended) {
            reader.join();
        }
        return ended;
    }

    /** Lets it finish everything. */
    void drain() throws InterruptedException, IOException {
        OutputStream in = process.getOutputStream();
        in.write("drain\n".getBytes(StandardCharsets.UTF_8));
        in.flush();
        await("drained");
        assertThat(awaitEnd(LIMIT)).isTrue();
        assertThat(hasSaid("drained")).as("the worker finished all it had").isTrue();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the worker was waited for").isLessThan(end);
            Thread.sleep(20);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
