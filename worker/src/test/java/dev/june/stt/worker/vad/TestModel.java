package dev.june.stt.worker.vad;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Writes ONNX files: the parts of them that are read here, and parts that are to be skipped. */
final class TestModel {
    private static final int FLOAT = 1;
    private final Bytes graph = new Bytes();

    interface Content {
        void write(CodedOutputStream out) throws IOException;
    }

    /** Serialised fields. */
    static final class Bytes {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Bytes add(Content content) {
            try {
                CodedOutputStream out = CodedOutputStream.newInstance(bytes);
                content.write(out);
                out.flush();
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        byte[] array() {
            return bytes.toByteArray();
        }
    }

    /** A network of Silero's shape with random weights: good for whatever does not depend on their values. */
    static byte[] withRandomWeights() {
        Random random = new Random(3);
        TestModel model = new TestModel();
        model.randomTensor(random, "model.stft.forward_basis_buffer", 258, 1, 256);
        int[][] layers = {{128, 129}, {64, 128}, {64, 64}, {128, 64}};
        for (int i = 0; i < layers.length; i++) {
            String name = "model.encoder." + i + ".reparam_conv.";
            model.randomTensor(random, name + "weight", layers[i][0], layers[i][1], 3);
            model.randomTensor(random, name + "bias", layers[i][0]);
        }
        model.randomTensor(random, "model.decoder.rnn.weight_ih", 512, 128);
        model.randomTensor(random, "model.decoder.rnn.weight_hh", 512, 128);
        model.randomTensor(random, "model.decoder.rnn.bias_ih", 512);
        model.randomTensor(random, "model.decoder.rnn.bias_hh", 512);
        model.randomTensor(random, "model.decoder.decoder.2.weight", 1, 128, 1);
        model.randomTensor(random, "model.decoder.decoder.2.bias", 1);
        return model.bytes();
    }

    TestModel tensor(String name, float[] values, long... shape) {
        return tensor(name, FLOAT, values, out -> {
            for (long dimension : shape) {
                out.writeInt64(1, dimension);
            }
        });
    }

    TestModel tensorOfPackedShape(String name, float[] values, long... shape) {
        Bytes packed = new Bytes();
        for (long dimension : shape) {
            packed.add(out -> out.writeInt64NoTag(dimension));
        }
        return tensor(name, FLOAT, values, out -> out.writeByteArray(1, packed.array()));
    }

    TestModel tensor(String name, int type, float[] values, Content dims) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        byte[] tensor = new Bytes()
                .add(dims)
                .add(out -> out.writeInt32(2, type))
                .add(out -> out.writeString(8, name))
                .add(out -> out.writeBytes(9, ByteString.copyFrom(raw)))
                .add(out -> out.writeString(12, "a comment"))
                .array();
        graph.add(out -> out.writeByteArray(5, tensor));
        return this;
    }

    byte[] bytes() {
        return new Bytes()
                .add(out -> out.writeInt64(1, 8)) // version
                .add(out -> out.writeString(2, "a producer"))
                .add(out -> out.writeByteArray(7, graph.array()))
                .array();
    }

    private void randomTensor(Random random, String name, long... shape) {
        int size = 1;
        for (long dimension : shape) {
            size = Math.toIntExact(size * dimension);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = random.nextFloat(-1, 1);
        }
        tensor(name, values, shape);
    }
}
