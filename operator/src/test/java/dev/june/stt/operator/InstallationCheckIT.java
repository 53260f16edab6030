package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.installation.InstallationCheck;
import dev.june.stt.resource.SttPipeline;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InstallationCheckIT {
    private final PipelineNamespace namespace = new PipelineNamespace();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    void anOperatorAtWorkAnswersAndNothingIsLeft() {
        try (RunningOperator _ = new RunningOperator(namespace.name)) {
            assertThat(check(Duration.ofMinutes(2)).passes())
                    .as(said.toString(StandardCharsets.UTF_8))
                    .isTrue();
        }
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("LiveKitSecretMissing")
                .contains("is gone");
        assertThat(namespace
                        .client
                        .resources(SttPipeline.class)
                        .inNamespace(namespace.name)
                        .list()
                        .getItems())
                .isEmpty();
    }

    @Test
    void withoutAnOperatorItFailsAndSaysWhereToLook() {
        assertThat(check(Duration.ofSeconds(2)).passes()).isFalse();
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("No operator says anything");
    }

    private InstallationCheck check(Duration limit) {
        return new InstallationCheck(
                namespace.client, namespace.name, limit, new PrintStream(said, true, StandardCharsets.UTF_8));
    }
}
