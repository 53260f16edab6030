package dev.june.stt.worker.recognition.whisper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.worker.recognition.whisper.ModelException.LibraryRefused;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WhisperNativesTest {
    @Test
    void theFastBuildIsTakenOnlyIfTheProcessorHasAllItUses() {
        assertThat(ggml("amd64", "sse2", "avx", "avx2", "fma", "f16c"))
                .isEqualTo("/debian-amd64/libggml+mf16c+mfma+mavx+mavx2.so");
        assertThat(ggml("amd64", "sse2", "avx", "f16c")).isEqualTo("/debian-amd64/libggml.so");
        assertThat(ggml("aarch64", "fp", "asimd", "fphp")).isEqualTo("/debian-arm64/libggml+fp16.so");
        assertThat(ggml("aarch64", "fp", "asimd")).isEqualTo("/debian-arm64/libggml+crc.so");
    }

    @ParameterizedTest
    @CsvSource({"amd64, avx", "amd64, avx avx2 fma f16c", "aarch64, fphp", "aarch64, crc32"})
    void whatIsTakenIsInTheJar(String architecture, String features) {
        WhisperNatives natives = WhisperNatives.suited("Linux", architecture, Set.of(features.split(" ", -1)));
        assertThat(WhisperNatives.class.getResource(natives.whisper())).isNotNull();
        assertThat(WhisperNatives.class.getResource(natives.ggml())).isNotNull();
    }

    @Test
    void machinesWithoutABuildAreRefusedByName() {
        assertThatThrownBy(() -> WhisperNatives.suited("Linux", "riscv64", Set.of()))
                .isInstanceOf(LibraryRefused.class)
                .hasMessageContaining("riscv64");
        assertThatThrownBy(() -> WhisperNatives.suited("Windows 11", "amd64", Set.of()))
                .isInstanceOf(LibraryRefused.class)
                .hasMessageContaining("Windows 11");
    }

    @Test
    void featuresAreReadAsBothArchitecturesWriteThem() {
        assertThat(WhisperNatives.cpuFeatures(List.of("processor\t: 0", "flags\t\t: fpu avx2 fma", "flags\t: other")))
                .containsExactlyInAnyOrder("fpu", "avx2", "fma");
        assertThat(WhisperNatives.cpuFeatures(List.of("Features\t: fp asimd fphp")))
                .contains("fphp");
        assertThat(WhisperNatives.cpuFeatures(List.of("model name : none"))).isEmpty();
    }

    private static String ggml(String architecture, String... features) {
        return WhisperNatives.suited("Linux", architecture, Set.of(features)).ggml();
    }
}
