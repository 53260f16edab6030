package dev.june.stt.worker.vad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OnnxTensorsTest {
    @Test
    void readsTensorsByNameAndShape() {
        byte[] model = new TestModel()
                .tensor("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensorOfPackedShape("b", new float[] {-0.5f, 1e-30f}, 1, 2, 1)
                .tensor("scalar", new float[] {7})
                .bytes();
        OnnxTensors tensors = OnnxTensors.read(model);
        assertThat(tensors.values("a", 2, 3)).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(tensors.values("b", 1, 2, 1)).containsExactly(-0.5f, 1e-30f);
        assertThat(tensors.values("scalar")).containsExactly(7);
    }

    @Test
    void namesWhatItFoundInsteadOfATensor() {
        OnnxTensors tensors = OnnxTensors.read(
                new TestModel().tensor("weight", new float[6], 3, 2).bytes());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensors.values("weight", 2, 3))
                .withMessage("tensor weight: expected shape [2, 3], got [3, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensors.values("bias", 3))
                .withMessage("tensor bias: expected shape [3], got none among [weight]");
    }

    @Test
    void refusesWeightsThatAreNoFloats() {
        byte[] halfPrecision = new TestModel()
                .tensor("weight", 10, new float[2], out -> out.writeInt64(1, 2))
                .bytes();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxTensors.read(halfPrecision))
                .withMessage("tensor weight: expected type 1 and 8 bytes of raw data, got type 10 and 8 bytes");
    }

    @Test
    void refusesATensorWithMissingValues() {
        byte[] model = new TestModel().tensor("weight", new float[5], 2, 3).bytes();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxTensors.read(model))
                .withMessageContaining("expected type 1 and 24 bytes of raw data, got type 1 and 20 bytes");
    }

    @Test
    void refusesWhatIsNoOnnxFile() {
        byte[] model = new TestModel().tensor("weight", new float[100], 100).bytes();
        byte[] truncated = Arrays.copyOf(model, model.length / 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxTensors.read(truncated))
                .withMessage("not an ONNX file");
        byte[] text = "<html><body>404</body></html>".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThatIllegalArgumentException().isThrownBy(() -> OnnxTensors.read(text));
    }
}
