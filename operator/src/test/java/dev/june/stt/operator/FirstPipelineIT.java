package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Subjects;
import org.junit.jupiter.api.Test;

class FirstPipelineIT {
    @Test
    void anAppliedPipelineGetsItsObjectsAndStreamsAndBecomesReadyWithItsWorkers() throws Exception {
        PipelineNamespace namespace = new PipelineNamespace();
        namespace.createLiveKitSecret();
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            namespace.apply(namespace.yaml());
            namespace.awaitCondition("Ready", "False", "StartingWorkers");
            namespace.actAsKubeletWithReadyWorkers();
            namespace.awaitCondition("Ready", "True", "WorkersReady");
            Subjects subjects = new Subjects(namespace.name, "main");
            TestServers.shared().withNats(nats -> {
                assertThat(nats.jetStreamManagement().getStreamNames())
                        .contains(
                                subjects.utterancesStream(),
                                subjects.transcriptsStream(),
                                subjects.deadLettersStream(),
                                "KV_" + subjects.bucket());
                String published =
                        nats.keyValue(subjects.bucket()).get(Keys.CONFIG).getValueAsString();
                assertThat(namespace
                                .client
                                .configMaps()
                                .inNamespace(namespace.name)
                                .withName("main-config")
                                .get()
                                .getData())
                        .containsEntry("pipeline.json", published);
            });
        }
    }
}
