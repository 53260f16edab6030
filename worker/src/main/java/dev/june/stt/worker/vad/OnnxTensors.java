package dev.june.stt.worker.vad;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The trained weights inside an ONNX file, by name. Reads the few fields that lead to them and skips the rest. Source: the field
 * numbers of ModelProto, GraphProto and TensorProto in onnx.proto.
 */
final class OnnxTensors {
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_DATA_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;
    private static final int FLOAT = 1;

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private record Tensor(List<Long> shape, float[] values) {}

    private OnnxTensors() {}

    /** @throws IllegalArgumentException if it is not an ONNX file, or holds weights that are not 32-bit floats in raw form */
    static OnnxTensors read(byte[] model) {
        OnnxTensors tensors = new OnnxTensors();
        try {
            CodedInputStream in = CodedInputStream.newInstance(model);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == MODEL_GRAPH) {
                    tensors.readGraph(part(in));
                } else {
                    in.skipField(tag);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not an ONNX file", e);
        }
        return tensors;
    }

    /**
     * The values of one tensor, the last dimension running fastest.
     *
     * @throws IllegalArgumentException if there is none of that name and shape
     */
    float[] values(String name, long... shape) {
        Tensor tensor = tensors.get(name);
        List<Long> expected = Arrays.stream(shape).boxed().toList();
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "tensor %s: expected shape %s, got none among %s".formatted(name, expected, tensors.keySet()));
        }
        if (!tensor.shape.equals(expected)) {
            throw new IllegalArgumentException(
                    "tensor %s: expected shape %s, got %s".formatted(name, expected, tensor.shape));
        }
        return tensor.values;
    }

    private void readGraph(CodedInputStream in) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == GRAPH_INITIALIZER) {
                readTensor(part(in));
            } else {
                in.skipField(tag);
            }
        }
    }

    private void readTensor(CodedInputStream in) throws IOException {
        String name = "";
        int type = 0;
        List<Long> shape = new ArrayList<>();
        ByteBuffer raw = ByteBuffer.allocate(0);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case TENSOR_DIMS -> readDims(in, tag, shape);
                case TENSOR_DATA_TYPE -> type = in.readInt32();
                case TENSOR_NAME -> name = in.readString();
                case TENSOR_RAW_DATA -> raw = in.readByteBuffer();
                default -> in.skipField(tag);
            }
        }
        long expected = shape.stream().reduce(1L, (a, b) -> a * b) * Float.BYTES;
        if (type != FLOAT || raw.remaining() != expected) {
            throw new IllegalArgumentException(
                    "tensor %s: expected type %d and %d bytes of raw data, got type %d and %d bytes"
                            .formatted(name, FLOAT, expected, type, raw.remaining()));
        }
        float[] values = new float[raw.remaining() / Float.BYTES];
        raw.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        tensors.put(name, new Tensor(List.copyOf(shape), values));
    }

    /** A repeated number may be written one by one or packed. */
    private static void readDims(CodedInputStream in, int tag, List<Long> shape) throws IOException {
        if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
            shape.add(in.readInt64());
        } else {
            CodedInputStream packed = part(in);
            while (!packed.isAtEnd()) {
                shape.add(packed.readInt64());
            }
        }
    }

    private static CodedInputStream part(CodedInputStream in) throws IOException {
        return CodedInputStream.newInstance(in.readByteBuffer());
    }
}
