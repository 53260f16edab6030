package dev.june.stt.worker.vad;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * Silero VAD in plain Java: what one track has heard, and the room its network computes in, allocated once. A window costs no
 * memory. The numbers are those of ONNX Runtime to 1e-4 (SileroDetectorIT).
 */
public final class SileroDetector implements SpeechDetector {
    private static final int CONTEXT_SAMPLES = 64;
    private static final int WINDOW_END = CONTEXT_SAMPLES + WINDOW_SAMPLES;

    private final SileroNetwork network;
    /** The end of the window before, the window, and the window's end once more, mirrored. */
    private final float[] samples = new float[SileroNetwork.INPUT_SAMPLES];

    private final float[] waves = new float[2 * SileroNetwork.FREQUENCIES];
    private final float[][] spectrum = new float[SileroNetwork.FRAMES][SileroNetwork.FREQUENCIES];
    private final float[][][] encoded;
    private final float[] gates = new float[4 * SileroNetwork.MEMORY];
    private final float[] hidden = new float[SileroNetwork.MEMORY];
    private final float[] cell = new float[SileroNetwork.MEMORY];

    SileroDetector(SileroNetwork network) {
        this.network = network;
        this.encoded = new float[network.encoder().size()][][];
        int columns = spectrum.length;
        for (int layer = 0; layer < encoded.length; layer++) {
            encoded[layer] = network.encoder().get(layer).newOutput(columns);
            columns = encoded[layer].length;
        }
    }

    /**
     * Reads the model once, for all detectors.
     *
     * @throws java.io.UncheckedIOException if the file cannot be read
     * @throws IllegalArgumentException if it is not the model that is known here
     */
    public static Factory factory(Path model) {
        SileroNetwork network = SileroNetwork.read(model);
        return new Factory() {
            @Override
            public SpeechDetector create() {
                return new SileroDetector(network);
            }

            @Override
            public void close() {
                // the weights are on the heap
            }
        };
    }

    @Override
    public float probability(short[] window) {
        if (window.length != WINDOW_SAMPLES) {
            throw new IllegalArgumentException("window: expected " + WINDOW_SAMPLES + " samples, got " + window.length);
        }
        append(window);
        transform();
        float[][] input = spectrum;
        for (int layer = 0; layer < encoded.length; layer++) {
            network.encoder().get(layer).apply(input, encoded[layer]);
            input = encoded[layer];
        }
        network.memory().step(input[0], hidden, cell, gates);
        return answer();
    }

    @Override
    public void reset() {
        Arrays.fill(samples, 0);
        Arrays.fill(hidden, 0);
        Arrays.fill(cell, 0);
    }

    @Override
    public void close() {
        // nothing is held outside the heap
    }

    private void append(short[] window) {
        System.arraycopy(samples, WINDOW_SAMPLES, samples, 0, CONTEXT_SAMPLES);
        for (int i = 0; i < WINDOW_SAMPLES; i++) {
            samples[CONTEXT_SAMPLES + i] = window[i] / 32768f; // from -1 to just under 1
        }
        for (int i = WINDOW_END; i < samples.length; i++) {
            samples[i] = samples[2 * (WINDOW_END - 1) - i];
        }
    }

    /** How strong each frequency is, in each frame. */
    private void transform() {
        for (int frame = 0; frame < spectrum.length; frame++) {
            Arrays.fill(waves, 0);
            network.fourier().addProduct(samples, frame * SileroNetwork.HOP_SAMPLES, waves);
            float[] strengths = spectrum[frame];
            for (int i = 0; i < strengths.length; i++) {
                float cosine = waves[i];
                float sine = waves[SileroNetwork.FREQUENCIES + i];
                strengths[i] = (float) Math.sqrt(cosine * cosine + sine * sine);
            }
        }
    }

    private float answer() {
        float sum = network.outputBias();
        for (int i = 0; i < hidden.length; i++) {
            sum += network.outputWeights()[i] * Math.max(0, hidden[i]);
        }
        return Lstm.sigmoid(sum);
    }
}
