package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.whisper.DecodeResult.Decoded;
import dev.june.stt.worker.recognition.whisper.DecodeSettings;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import dev.june.stt.worker.recognition.whisper.WhisperModel;
import dev.june.stt.worker.recognition.whisper.WhisperState;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.MINUTES)
class NativeMemoryIT {
    /** A small window, because it is their number that counts. */
    private static final DecodeSettings CHEAP = new DecodeSettings("en", 64, 3, 1, 1, "prompt");

    @Test
    void manyDecodesDoNotTakeMoreAndMoreMemory() {
        short[] samples = Clips.ENGLISH.getLast().samples();
        try (WhisperModel model = WhisperModel.load(WhisperLibrary.bundled(), Models.TINY_EN, false, 1)) {
            WhisperState state = model.states().getFirst();
            decode(state, samples, 100);
            long before = NativeMemory.megabytes();
            decode(state, samples, 500);
            long grown = NativeMemory.megabytes() - before;
            System.out.println("500 decodes: " + grown + " MB more");
            assertThat(grown).isLessThan(32); // the samples of 500 decodes alone are 350 MB
        }
    }

    @Test
    void aClosedModelGivesItsMemoryBack() {
        openAndClose(2);
        long before = NativeMemory.megabytes();
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            long held = NativeMemory.megabytes() - before;
            assertThat(held).as("MB that %s holds", recognizer.model()).isGreaterThan(48);
        }
        openAndClose(5);
        long grown = NativeMemory.megabytes() - before;
        System.out.println("5 models opened and closed: " + grown + " MB more");
        assertThat(grown).isLessThan(48); // one of them holds about 90 MB
    }

    private static void openAndClose(int times) {
        for (int i = 0; i < times; i++) {
            Models.recognizer(Models.TINY_EN, 1).close();
        }
    }

    private static void decode(WhisperState state, short[] samples, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(state.decode(samples, CHEAP, () -> false)).isInstanceOf(Decoded.class);
            state.firstToken(1);
        }
    }
}
