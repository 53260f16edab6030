package dev.june.stt.worker.vad;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.june.stt.worker.audio.Pcm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The reference: the same model file, run by ONNX Runtime. A track's tensors are made once, over memory written and read in place. */
final class OnnxSileroDetector implements SpeechDetector {
    private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();
    private static final int CONTEXT_SAMPLES = 64;
    private static final int STATE_FLOATS = 2 * 128;

    private final OrtSession session;
    private final FloatBuffer input = floats(CONTEXT_SAMPLES + WINDOW_SAMPLES);
    private final FloatBuffer state = floats(STATE_FLOATS);
    private final FloatBuffer nextState = floats(STATE_FLOATS);
    private final FloatBuffer output = floats(1);
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;

    private OnnxSileroDetector(OrtSession session) throws OrtException {
        this.session = session;
        LongBuffer rate = bytes(Long.BYTES).asLongBuffer().put(0, Pcm.SAMPLE_RATE_HZ);
        this.inputs = Map.of(
                "input", tensor(input, 1, CONTEXT_SAMPLES + WINDOW_SAMPLES),
                "state", tensor(state, 2, 1, 128),
                "sr", OnnxTensor.createTensor(ENVIRONMENT, rate, new long[0]));
        this.outputs = Map.of("output", tensor(output, 1, 1), "stateN", tensor(nextState, 2, 1, 128));
    }

    /** To be closed after its detectors. */
    static Factory factory(Path model) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1); // the network is small: more threads only wait for each other
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            OrtSession session = ENVIRONMENT.createSession(SileroFile.read(model), options);
            return new Factory() {
                @Override
                public SpeechDetector create() {
                    try {
                        return new OnnxSileroDetector(session);
                    } catch (OrtException e) {
                        throw new AssertionError(e);
                    }
                }

                @Override
                public void close() {
                    try {
                        session.close();
                    } catch (OrtException e) {
                        throw new AssertionError(e);
                    }
                }
            };
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public float probability(short[] window) {
        input.put(0, input, WINDOW_SAMPLES, CONTEXT_SAMPLES);
        for (int i = 0; i < WINDOW_SAMPLES; i++) {
            input.put(CONTEXT_SAMPLES + i, window[i] / 32768f);
        }
        try (OrtSession.Result _ = session.run(inputs, Set.of(), outputs)) {
            state.put(0, nextState, 0, STATE_FLOATS);
            return output.get(0);
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void reset() {
        input.put(0, new float[input.capacity()]);
        state.put(0, new float[state.capacity()]);
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
    }

    private static FloatBuffer floats(int length) {
        return bytes(length * Float.BYTES).asFloatBuffer();
    }

    private static ByteBuffer bytes(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    private static OnnxTensor tensor(FloatBuffer buffer, long... shape) throws OrtException {
        return OnnxTensor.createTensor(ENVIRONMENT, buffer, shape);
    }
}
