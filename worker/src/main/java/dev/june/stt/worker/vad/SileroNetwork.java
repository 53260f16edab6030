package dev.june.stt.worker.vad;

import java.nio.file.Path;
import java.util.List;

/**
 * The layers of Silero VAD 6 at 16 kHz with their trained weights, 1.2 MB: one for all tracks, immutable, any thread. What a track
 * remembers and computes with is its {@link SileroDetector}'s.
 *
 * <pre>
 * 640 samples ─▶ spectrum: 4 columns of 129 ─▶ 4 × 128 ─▶ 2 × 64 ─▶ 1 × 64 ─▶ 1 × 128 ─▶ memory: 128 ─▶ probability
 *               256 wide, a column every 128       encoder: four convolutions                LSTM
 * </pre>
 *
 * Source: the graph in the file.
 */
record SileroNetwork(Matrix fourier, List<Convolution> encoder, Lstm memory, float[] outputWeights, float outputBias) {
    static final int FRAME_SAMPLES = 256;
    static final int HOP_SAMPLES = 128;
    static final int FRAMES = 4;
    static final int INPUT_SAMPLES = FRAME_SAMPLES + (FRAMES - 1) * HOP_SAMPLES;
    static final int FREQUENCIES = FRAME_SAMPLES / 2 + 1;
    static final int MEMORY = 128;

    /** @throws IllegalArgumentException if the file is not the model that is known here */
    static SileroNetwork read(Path file) {
        return of(OnnxTensors.read(SileroFile.read(file)));
    }

    static SileroNetwork of(OnnxTensors tensors) {
        int waves = 2 * FREQUENCIES; // first the cosines, then the sines, the window's shape included
        return new SileroNetwork(
                Matrix.of(
                        tensors.values("model.stft.forward_basis_buffer", waves, 1, FRAME_SAMPLES),
                        FRAME_SAMPLES,
                        waves,
                        0,
                        FRAME_SAMPLES,
                        1),
                List.of(
                        convolution(tensors, 0, FREQUENCIES, 128, 1),
                        convolution(tensors, 1, 128, 64, 2),
                        convolution(tensors, 2, 64, 64, 2),
                        convolution(tensors, 3, 64, MEMORY, 1)),
                new Lstm(
                        tensors.values("model.decoder.rnn.weight_ih", 4 * MEMORY, MEMORY),
                        tensors.values("model.decoder.rnn.weight_hh", 4 * MEMORY, MEMORY),
                        tensors.values("model.decoder.rnn.bias_ih", 4 * MEMORY),
                        tensors.values("model.decoder.rnn.bias_hh", 4 * MEMORY),
                        MEMORY),
                tensors.values("model.decoder.decoder.2.weight", 1, MEMORY, 1),
                tensors.values("model.decoder.decoder.2.bias", 1)[0]);
    }

    private static Convolution convolution(OnnxTensors tensors, int layer, int inputs, int outputs, int stride) {
        String name = "model.encoder." + layer + ".reparam_conv.";
        return new Convolution(
                tensors.values(name + "weight", outputs, inputs, 3),
                tensors.values(name + "bias", outputs),
                inputs,
                stride);
    }
}
