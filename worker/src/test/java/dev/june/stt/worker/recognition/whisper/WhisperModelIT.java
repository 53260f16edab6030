package dev.june.stt.worker.recognition.whisper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import dev.june.stt.worker.recognition.whisper.ModelException.LibraryRefused;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelNotFound;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelTruncated;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelUnreadable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WhisperModelIT {
    private static final Path TINY_EN = Setup.path("models").resolve("ggml-tiny.en-q5_1.bin");
    private static final Path BASE = Setup.path("models").resolve("ggml-base-q5_1.bin");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void theLibrarySaysWhatItIs() {
        assertThat(WhisperLibrary.bundled().version()).isEqualTo("1.7.1");
        assertThat(WhisperLibrary.bundled().systemInfo()).contains("AVX");
        assertThat(WhisperLibrary.bundled().devices())
                .extracting(WhisperLibrary.Device::name)
                .containsExactly("CPU");
    }

    @Test
    void nothingIsLeftOfWhatWasUnpacked() throws IOException {
        WhisperLibrary.bundled();
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("june-stt-whisper")))
                    .isEmpty();
        }
    }

    @Test
    void modelsKnowTheirLanguages() {
        try (WhisperModel tiny = load(TINY_EN);
                WhisperModel base = load(BASE)) {
            assertThat(tiny.isEnglishOnly()).isTrue();
            assertThat(base.languages()).hasSize(99).startsWith("en", "zh", "de", "es");
        }
    }

    @Test
    void aStateOfAClosedModelIsNotUsed() {
        WhisperModel model = load(TINY_EN);
        WhisperState state = model.states().getFirst();
        model.close();
        model.close();
        DecodeSettings settings = DecodeSettings.forSeconds(1, "en", 1, 1, "");
        assertThatThrownBy(() -> state.decode(new short[16_000], settings, () -> false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the model was closed");
    }

    /** "Ask not", of lengths that lie between two of the library's frames: it was taken for a decode that never ended. */
    @Test
    void aDecodeThatEndsAtATimeIsCompleteWhereverTheAudioEnds() {
        short[] speech = Speech.of("en_jfk").samples();
        List<Double> ends = new ArrayList<>();
        try (WhisperModel model = load(BASE)) {
            WhisperState state = model.states().getFirst();
            for (int milliseconds = 1751; milliseconds <= 1762; milliseconds += 2) {
                short[] words = Arrays.copyOfRange(speech, 3 * 16_000, 3 * 16_000 + milliseconds * 16);
                DecodeSettings settings = DecodeSettings.forSeconds(milliseconds / 1000.0, "en", 1, 1, "");
                var decoded = (DecodeResult.Decoded) state.decode(words, settings, () -> false);
                assertThat(decoded.complete())
                        .as("%s of %s ms", decoded, milliseconds)
                        .isTrue();
                if (decoded.tokens().getLast() instanceof Token.Time(double seconds)) {
                    ends.add(seconds);
                }
            }
        }
        assertThat(ends)
                .as("the last second of the padded audio begins just behind it")
                .contains(2.0);
    }

    @Test
    void aTruncatedFileIsRefusedByName() throws IOException {
        Path file = folder.resolve("ggml-cut.bin");
        Files.copy(TINY_EN, file);
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(Files.size(TINY_EN) - 1);
        }
        assertThatThrownBy(() -> load(file)).isInstanceOf(ModelTruncated.class).hasMessageContaining("ggml-cut.bin");
    }

    @Test
    void somethingElseIsRefusedByName() throws IOException {
        Path file = Files.writeString(folder.resolve("ggml-page.bin"), "<html>not found</html>");
        assertThatThrownBy(() -> load(file)).isInstanceOf(ModelUnreadable.class).hasMessageContaining("ggml-page.bin");
        assertThatThrownBy(() -> load(folder.resolve("none.bin")))
                .isInstanceOf(ModelNotFound.class)
                .hasMessageContaining("none.bin");
    }

    @Test
    void aLibraryThatIsNoneIsRefusedByName() throws IOException {
        assertThatThrownBy(() -> WhisperLibrary.in(folder))
                .isInstanceOf(LibraryRefused.class)
                .hasMessageContaining("libwhisper.so.1");
        Files.writeString(folder.resolve("libwhisper.so.1"), "no library");
        assertThatThrownBy(() -> WhisperLibrary.in(folder))
                .isInstanceOf(LibraryRefused.class)
                .hasMessageContaining("cannot be loaded");
    }

    @Test
    void aLibraryOfSomethingElseIsRefusedByTheFunctionItLacks() {
        WhisperNatives natives = WhisperNatives.forThisMachine();
        new WhisperNatives(natives.ggml(), natives.ggml()).extract(folder); // ggml under whisper's name
        assertThatThrownBy(() -> WhisperLibrary.in(folder))
                .isInstanceOf(LibraryRefused.class)
                .hasMessageContaining("it has no function whisper_");
    }

    private static WhisperModel load(Path file) {
        return WhisperModel.load(WhisperLibrary.bundled(), file, false, 1);
    }
}
