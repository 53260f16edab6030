package dev.june.stt.worker.recognition.whisper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.worker.recognition.whisper.ModelException.ModelTruncated;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelUnreadable;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GgmlFileTest {
    private static final Path NAME = Path.of("ggml-large-v3.bin");

    /** One encoder layer, two decoder layers. */
    private static final int TENSORS = 11 + 15 + 2 * 24;

    @Test
    void aWholeFileTellsWhatItHolds() {
        GgmlFile file = check(model(51866, TENSORS, 8));
        assertThat(file).isEqualTo(new GgmlFile(51866, 1, 2, 128, TENSORS));
        assertThat(file.languages()).isEqualTo(100);
        assertThat(check(model(51865, TENSORS, 0)).languages()).isEqualTo(99);
        assertThat(check(model(51864, TENSORS, 1)).languages()).isZero();
    }

    @Test
    void aFileCutAnywhereIsTruncated() {
        byte[] whole = model(51865, TENSORS, 7);
        for (int length = 0; length < whole.length; length += length < 200 ? 1 : 37) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> check(cut))
                    .isInstanceOf(ModelTruncated.class)
                    .hasMessageContaining("ggml-large-v3.bin");
        }
    }

    @Test
    void aFileCutInItsLastTensorNamesIt() {
        byte[] whole = model(51865, TENSORS, 7);
        assertThatThrownBy(() -> check(Arrays.copyOf(whole, whole.length - 1)))
                .isInstanceOf(ModelTruncated.class)
                .hasMessageContaining("tensor weights ends at byte " + whole.length + ", the file has "
                        + (whole.length - 1) + " bytes");
    }

    @Test
    void aFileCutBetweenTwoTensorsIsTruncatedToo() {
        assertThatThrownBy(() -> check(model(51865, TENSORS - 1, 7)))
                .isInstanceOf(ModelTruncated.class)
                .hasMessageContaining("expected 74 tensors, the file ends after 73");
    }

    @Test
    void somethingElseIsRefused() {
        byte[] page = "<html><body>404 not found</body></html>".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> check(page))
                .isInstanceOf(ModelUnreadable.class)
                .hasMessageContaining("67676d6c");
        assertThatThrownBy(() -> check(model(51865, TENSORS + 1, 7))).isInstanceOf(ModelUnreadable.class);
        assertThatThrownBy(() -> check(model(51865, TENSORS, 99)))
                .isInstanceOf(ModelUnreadable.class)
                .hasMessageContaining("unknown type 99");
    }

    private static GgmlFile check(byte[] file) {
        return GgmlFile.check(NAME, MemorySegment.ofArray(file));
    }

    /** A file of 64 weights a tensor, all zero. */
    private static byte[] model(int vocabulary, int tensors, int type) {
        ByteBuffer file = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0x67676d6c);
        for (int value : new int[] {vocabulary, 1500, 384, 6, 1, 448, 384, 6, 2, 128, type}) {
            file.putInt(value);
        }
        file.putInt(2).putInt(3).position(file.position() + 2 * 3 * 4);
        file.putInt(2)
                .putInt(5)
                .put("hello".getBytes(StandardCharsets.UTF_8))
                .putInt(1)
                .put((byte) 'a');
        byte[] name = "weights".getBytes(StandardCharsets.UTF_8);
        int bytes = switch (type) {
            case 0 -> 256;
            case 1 -> 128;
            case 7 -> 48;
            default -> 68;
        };
        for (int i = 0; i < tensors; i++) {
            file.putInt(2).putInt(name.length).putInt(type).putInt(32).putInt(2).put(name);
            file.position(file.position() + bytes);
        }
        return Arrays.copyOf(file.array(), file.position());
    }
}
