package dev.june.stt.worker.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeysTest {
    private static final String GOOD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    Path folder;

    @Test
    void everyFileOfTheSecretIsAKeyButNotWhatKubernetesKeepsBesideThem() throws IOException {
        Files.createDirectory(folder.resolve("..2026_11_24"));
        Files.writeString(folder.resolve("old"), GOOD + "\n");
        Files.writeString(folder.resolve("new"), GOOD);
        assertThat(new SigningKeys(folder, null).read()).hasSize(2);
    }

    @Test
    void aBadKeyIsNamedAndNotShown() throws IOException {
        Files.writeString(folder.resolve("current"), GOOD);
        Files.writeString(folder.resolve("next"), "hunter2");
        assertThatThrownBy(() -> new SigningKeys(folder, null).read())
                .isInstanceOf(SigningKeys.UnusableKeys.class)
                .hasMessageContaining("next: expected whsec_")
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void withoutAFolderTheEnvironmentIsAsked() {
        Path none = folder.resolve("none");
        assertThat(new SigningKeys(none, GOOD).read()).hasSize(1);
        assertThatThrownBy(() -> new SigningKeys(none, null).read()).hasMessageContaining("signingSecretRef");
        assertThatThrownBy(() -> new SigningKeys(none, "whsec_AAAA").read())
                .hasMessage("WEBHOOK_SIGNING_KEY: expected 24 to 64 bytes in Base64, got 3");
    }

    @Test
    void anEmptySecretSignsNothing() {
        assertThatThrownBy(() -> new SigningKeys(folder, null).read()).hasMessageContaining("got 0");
    }
}
