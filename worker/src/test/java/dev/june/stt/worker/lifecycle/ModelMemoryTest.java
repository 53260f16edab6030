package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.worker.recognition.whisper.ModelException.ModelTooLarge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelMemoryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void model() throws IOException {
        model = Files.write(folder.resolve("ggml-x.bin"), new byte[(int) (30 * MIB)]);
    }

    @Test
    void aModelThatDoesNotFitBesideWhatIsThereIsRefusedAndSaysWhatToRaise() throws IOException {
        container("1073741824", 900 * MIB, 0);

        assertThatThrownBy(() -> new ModelMemory(folder).require(model, 2))
                .isInstanceOf(ModelTooLarge.class)
                .hasMessageContaining("ggml-x.bin")
                .hasMessageContaining("124 MiB are free")
                .hasMessageContaining("workers.resources.limits.memory");
    }

    @Test
    void whatTheKernelTakesBackCountsAsFree() throws IOException {
        container("1073741824", 900 * MIB, 600 * MIB);

        assertThatCode(() -> new ModelMemory(folder).require(model, 2)).doesNotThrowAnyException();
    }

    @Test
    void withoutALimitNothingIsRefused() throws IOException {
        container("max", 900 * MIB, 0);
        assertThatCode(() -> new ModelMemory(folder).require(model, 64)).doesNotThrowAnyException();
        assertThatCode(() -> new ModelMemory(folder.resolve("absent")).require(model, 64))
                .doesNotThrowAnyException();
    }

    private void container(String limit, long used, long inactiveFile) throws IOException {
        Files.writeString(folder.resolve("memory.max"), limit + "\n");
        Files.writeString(folder.resolve("memory.current"), used + "\n");
        Files.writeString(folder.resolve("memory.stat"), "anon 5\ninactive_file " + inactiveFile + "\nslab 1\n");
    }
}
