package dev.june.stt.worker.vad;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.june.stt.worker.audio.Pcm;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Silero through ONNX Runtime. The tensors of a track are made once, over memory that is written and read in place: a window costs
 * one native call and a few small objects.
 */
public final class OnnxSileroDetector implements SpeechDetector {
    private static final int CONTEXT_SAMPLES = 64;
    private static final int STATE_FLOATS = 2 * 128;

    private final Session session;
    private final Arena arena = Arena.ofShared(); // made, used and closed by threads that may differ
    private final FloatBuffer input = floats(CONTEXT_SAMPLES + WINDOW_SAMPLES);
    private final FloatBuffer state = floats(STATE_FLOATS);
    private final FloatBuffer nextState = floats(STATE_FLOATS);
    private final FloatBuffer output = floats(1);
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;
    private boolean closed;

    private OnnxSileroDetector(Session session) throws OrtException {
        this.session = session;
        LongBuffer rate = arena.allocate(Long.BYTES, Long.BYTES)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asLongBuffer()
                .put(0, Pcm.SAMPLE_RATE_HZ);
        this.inputs = Map.of(
                "input", tensor(input, 1, CONTEXT_SAMPLES + WINDOW_SAMPLES),
                "state", tensor(state, 2, 1, 128),
                "sr", OnnxTensor.createTensor(Session.ENVIRONMENT, rate, new long[0]));
        this.outputs = Map.of("output", tensor(output, 1, 1), "stateN", tensor(nextState, 2, 1, 128));
    }

    /**
     * One model for all tracks.
     *
     * @throws IllegalArgumentException if the file is not the model that is known here
     */
    public static Factory factory(Path model) {
        Session session = Session.open(SileroFile.read(model));
        return new Factory() {
            private final AtomicBoolean closed = new AtomicBoolean();

            @Override
            public SpeechDetector create() {
                if (closed.get()) {
                    throw new IllegalStateException("the detector factory is closed");
                }
                session.retain();
                try {
                    return new OnnxSileroDetector(session);
                } catch (OrtException e) {
                    session.release();
                    throw new IllegalStateException("ONNX Runtime makes no tensor", e);
                }
            }

            @Override
            public void close() {
                if (closed.compareAndSet(false, true)) {
                    session.release();
                }
            }
        };
    }

    @Override
    public float probability(short[] window) {
        if (window.length != WINDOW_SAMPLES) {
            throw new IllegalArgumentException("window: expected " + WINDOW_SAMPLES + " samples, got " + window.length);
        }
        if (closed) {
            throw new IllegalStateException("this detector is closed");
        }
        input.put(0, input, WINDOW_SAMPLES, CONTEXT_SAMPLES);
        for (int i = 0; i < WINDOW_SAMPLES; i++) {
            input.put(CONTEXT_SAMPLES + i, window[i] / 32768f);
        }
        session.run(inputs, outputs);
        state.put(0, nextState, 0, STATE_FLOATS);
        return output.get(0);
    }

    @Override
    public void reset() {
        clear(input);
        clear(state);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            inputs.values().forEach(OnnxTensor::close);
            outputs.values().forEach(OnnxTensor::close);
            arena.close();
            session.release();
        }
    }

    private FloatBuffer floats(int length) {
        return arena.allocate((long) length * Float.BYTES, 64)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static OnnxTensor tensor(FloatBuffer buffer, long... shape) throws OrtException {
        return OnnxTensor.createTensor(Session.ENVIRONMENT, buffer, shape);
    }

    private static void clear(FloatBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, 0);
        }
    }

    /** The loaded model: freed with its last user, as a native call into a freed session would end the process. Any thread. */
    private static final class Session {
        static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();
        private static final Set<String> NO_OTHER_OUTPUTS = Set.of();

        private final OrtSession model;
        private final AtomicInteger users = new AtomicInteger(1);

        private Session(OrtSession model) {
            this.model = model;
        }

        static Session open(byte[] bytes) {
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1); // the network is small: more threads only wait for each other
                options.setInterOpNumThreads(1);
                options.addConfigEntry("session.intra_op.allow_spinning", "0");
                return new Session(ENVIRONMENT.createSession(bytes, options));
            } catch (OrtException e) {
                throw new IllegalStateException("ONNX Runtime does not load the Silero model", e);
            }
        }

        void retain() {
            if (users.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
                throw new IllegalStateException("the detector factory is closed");
            }
        }

        void release() {
            if (users.decrementAndGet() == 0) {
                try {
                    model.close();
                } catch (OrtException e) {
                    throw new IllegalStateException("ONNX Runtime does not free the Silero model", e);
                }
            }
        }

        void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
            try (OrtSession.Result _ = model.run(inputs, NO_OTHER_OUTPUTS, outputs)) {
                // the answer is in the output tensors
            } catch (OrtException e) {
                throw new IllegalStateException("ONNX Runtime does not run the Silero model", e);
            }
        }
    }
}
