package dev.june.stt.worker.recognition.whisper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.worker.recognition.whisper.ModelException.LibraryRefused;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WhisperLayoutTest {
    @Test
    void structsAreAsLargeAsTheCompilerMakesThem() {
        assertThat(WhisperLayout.V1_7_1.fullParams().byteSize()).isEqualTo(264);
        assertThat(WhisperLayout.V1_7_1.contextParams().byteSize()).isEqualTo(48);
        assertThat(WhisperLayout.TOKEN_DATA.byteSize()).isEqualTo(56);
        assertThat(WhisperLayout.offset(WhisperLayout.V1_7_1.fullParams(), "language"))
                .isEqualTo(96);
        assertThat(WhisperLayout.offset(WhisperLayout.V1_7_1.fullParams(), "abort_callback"))
                .isEqualTo(200);
        assertThat(WhisperLayout.offset(WhisperLayout.V1_8.fullParams(), "language"))
                .isEqualTo(104);
    }

    @Test
    void aLibraryWhoseDefaultsAreWhereTheyShouldBeIsTaken() {
        try (Arena arena = Arena.ofConfined()) {
            WhisperLayout layout = WhisperLayout.V1_8;
            MemorySegment full = filled(arena, layout.fullParams(), layout.fullDefaults());
            MemorySegment context = filled(arena, layout.contextParams(), layout.contextDefaults());
            assertThat(WhisperLibrary.findLayout("1.8.5", full, context)).isSameAs(layout);
        }
    }

    @Test
    void aLibraryWithFieldsElsewhereIsRefusedAndEachDifferenceNamed() {
        try (Arena arena = Arena.ofConfined()) {
            WhisperLayout other = WhisperLayout.V1_8;
            MemorySegment full = filled(arena, other.fullParams(), other.fullDefaults());
            MemorySegment context = filled(arena, other.contextParams(), other.contextDefaults());
            assertThatThrownBy(() -> WhisperLibrary.findLayout("1.7.1", full, context))
                    .isInstanceOf(LibraryRefused.class)
                    .hasMessageContaining("entropy_thold: expected 2.4, got ")
                    .hasMessageContaining("flash_attn: expected false, got true");
        }
    }

    @Test
    void aVersionThatIsNotKnownIsRefusedByName() {
        assertThatThrownBy(() -> WhisperLibrary.findLayout("2.0.0", MemorySegment.NULL, MemorySegment.NULL))
                .isInstanceOf(LibraryRefused.class)
                .hasMessageContaining("1.7.1 or 1.8. or 1.9.")
                .hasMessageContaining("got 2.0.0")
                .satisfies(e -> assertThat(((ModelException) e).reason()).isEqualTo("LibraryRefused"));
    }

    private static MemorySegment filled(Arena arena, StructLayout layout, Map<String, Object> values) {
        MemorySegment struct = arena.allocate(layout);
        values.forEach((field, value) -> {
            long offset = WhisperLayout.offset(layout, field);
            switch (value) {
                case Boolean flag -> struct.set(ValueLayout.JAVA_BOOLEAN, offset, flag);
                case Integer number -> struct.set(ValueLayout.JAVA_INT, offset, number);
                case Long number -> struct.set(ValueLayout.JAVA_LONG, offset, number);
                case Float number -> struct.set(ValueLayout.JAVA_FLOAT, offset, number);
                default -> throw new IllegalArgumentException(field);
            }
        });
        return struct;
    }
}
