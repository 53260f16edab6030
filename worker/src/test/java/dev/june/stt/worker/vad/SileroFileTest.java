package dev.june.stt.worker.vad;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SileroFileTest {
    @TempDir
    Path folder;

    @Test
    void aFileOfAnotherSizeIsRefusedUnread() throws IOException {
        Path file = Files.write(folder.resolve("silero.onnx"), new byte[100]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SileroFile.read(file))
                .withMessage(
                        "Silero model: expected silero_vad_16k_op15.onnx of 1289603 bytes, got 100 (" + file + ")");
    }

    @Test
    void aFileWithOtherContentIsRefusedByItsHash() throws IOException {
        Path file = Files.write(folder.resolve("silero.onnx"), new byte[SileroFile.BYTES]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SileroDetector.factory(file))
                .withMessageContaining("sha256 7ed98ddb")
                .withMessageContaining(", got d03a3991")
                .withMessageContaining(file.toString());
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path file = folder.resolve("absent.onnx");
        assertThatThrownBy(() -> SileroDetector.factory(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }
}
