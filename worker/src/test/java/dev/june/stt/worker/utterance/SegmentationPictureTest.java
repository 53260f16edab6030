package dev.june.stt.worker.utterance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SegmentationPictureTest {
    private static final Path COMMITTED = Path.of("../docs/segmentation.svg");

    @Test
    void theCommittedPictureIsWhatTheStateMachineDoes() throws IOException {
        String drawn = SegmentationPicture.draw();
        if (Boolean.getBoolean("picture.update")) {
            Files.writeString(COMMITTED, drawn);
        }
        assertThat(drawn)
                .as("docs/segmentation.svg; update it with ./mvnw -pl worker -am test -Dpicture.update=true")
                .isEqualTo(Files.readString(COMMITTED));
    }
}
