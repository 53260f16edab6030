package dev.june.stt.worker.access;

import dev.june.stt.testing.NatsServer;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.faults.PipelineOnNats;
import dev.june.stt.worker.faults.TestDelivery;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The running web layer and a NATS server, which the tests of a class share; each finds the streams empty. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class DoorRig {
    @TempDir
    protected static Path folder;

    protected NatsServer server;
    protected PipelineOnNats pipeline;
    protected NatsLink nats;
    protected Subjects subjects;
    protected Door door;

    @BeforeAll
    protected final void open() throws Exception {
        server = new NatsServer(Files.createDirectories(folder.resolve("nats")));
        pipeline = new PipelineOnNats(server.url(), TestDelivery.settings(), folder);
        nats = pipeline.nats();
        subjects = pipeline.subjects;
        door = new Door(folder.resolve("access"), nats, subjects);
    }

    @AfterAll
    protected final void close() {
        door.close();
        pipeline.close();
        server.close();
    }

    @BeforeEach
    protected final void emptyStreams() throws Exception {
        pipeline.makeAnew();
    }
}
