package dev.june.stt.worker.recognition.whisper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecodeSettingsTest {
    @ParameterizedTest
    @CsvSource({"0.5, 512, 12", "5, 512, 48", "7.68, 512, 70", "7.7, 768, 70", "11, 768, 96", "27, 1500, 224"})
    void theContextIsAMultipleOf256WithAFloorAndTokensAreCapped(double seconds, int context, int tokens) {
        DecodeSettings settings = DecodeSettings.forSeconds(seconds, "en", 1, 1, "");
        assertThat(settings.audioContext()).isEqualTo(context);
        assertThat(settings.maxTokens()).isEqualTo(tokens);
    }

    @Test
    void scriptsThatTakeMoreTokensGetThem() {
        assertThat(DecodeSettings.forSeconds(5, "hi", 1, 1, "").maxTokens()).isEqualTo(108);
        assertThat(DecodeSettings.forSeconds(5, "fr", 1, 1, "").maxTokens()).isEqualTo(48);
    }

    @Test
    void theSecondTryHasTheWholeWindow() {
        assertThat(DecodeSettings.forSeconds(5, "en", 1, 1, "").atFullWindow().audioContext())
                .isEqualTo(1500);
    }

    @Test
    void theLanguageMustBeSettled() {
        assertThatThrownBy(() -> DecodeSettings.forSeconds(5, "auto", 1, 1, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("auto");
    }
}
