package dev.june.stt.worker.dispatch;

import com.sun.management.OperatingSystemMXBean;
import dev.june.stt.config.Delivery;
import dev.june.stt.worker.delivery.NatsLink;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.json.JsonMapper;

/** A dispatcher in a process of its own, until its standard input ends. Then it says what it used. */
final class DispatcherProcess {
    private DispatcherProcess() {}

    /** With a heap of 64 MiB. */
    static Process start(DispatchRig rig, HttpReceiver receiver, ProcessBuilder.Redirect output) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DispatcherProcess.class.getName(),
                        rig.server.url(),
                        receiver.url(),
                        rig.keys.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(output)
                .start();
    }

    /** Address of NATS, address of the receiver, folder with the signing keys. */
    public static void main(String[] args) throws Exception {
        Delivery.Webhook webhook = DispatchRig.webhook(args[1]);
        NatsLink nats = NatsLink.open(new Delivery.Nats(args[0], null, 1), Path.of("none"), "benchmark");
        try (WebhookDispatcher dispatcher = new WebhookDispatcher(new WebhookDispatcher.Parts(
                nats,
                DispatchRig.SUBJECTS,
                () -> new WebhookDispatcher.Settings(1, webhook),
                () -> nats.bucket(DispatchRig.SUBJECTS.bucket()),
                Path.of(args[2]),
                null,
                SSLContext.getDefault(),
                () -> {},
                JsonMapper.shared(),
                Clock.systemUTC(),
                new SimpleMeterRegistry()))) {
            while (System.in.read() >= 0) {
                // until the end
            }
            dispatcher.drain(Duration.ofSeconds(30));
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        System.out.printf(
                "dispatcher: heap limit %d MiB, %d MiB in use after a collection; %.1f s of CPU%n",
                memory.getHeapMemoryUsage().getMax() >> 20,
                memory.getHeapMemoryUsage().getUsed() >> 20,
                system.getProcessCpuTime() / 1e9);
        nats.close();
    }
}
