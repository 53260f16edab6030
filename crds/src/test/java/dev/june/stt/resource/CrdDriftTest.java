package dev.june.stt.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CrdDriftTest {
    private static final Path COMMITTED = Path.of("src/main/resources/crd/sttpipelines.stt.june.dev.yaml");

    @Test
    void theCommittedYamlIsWhatTheTypesSay() throws Exception {
        String generated = CrdYaml.generate();
        if (Boolean.getBoolean("crd.update")) {
            Files.createDirectories(COMMITTED.getParent());
            Files.writeString(COMMITTED, generated);
        }
        assertThat(generated)
                .as("the CRD's YAML; update it with ./mvnw -pl crds test -Dcrd.update=true")
                .isEqualTo(Files.readString(COMMITTED));
    }
}
