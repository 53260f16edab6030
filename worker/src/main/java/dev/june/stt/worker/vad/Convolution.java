package dev.june.stt.worker.vad;

/**
 * One encoder layer: a convolution over time, three columns wide, padded with one column of zeros at each end, and a rectifier.
 * Data is one array of channels per column. Immutable.
 */
final class Convolution {
    private static final int WIDTH = 3;

    private final Matrix[] taps = new Matrix[WIDTH];
    private final float[] bias;
    private final int stride;

    /** @param weights of shape [outputs, inputs, {@value #WIDTH}] */
    Convolution(float[] weights, float[] bias, int inputs, int stride) {
        for (int tap = 0; tap < WIDTH; tap++) {
            taps[tap] = Matrix.of(weights, inputs, bias.length, tap, inputs * WIDTH, WIDTH);
        }
        this.bias = bias;
        this.stride = stride;
    }

    /** Room for what comes out of so many columns. */
    float[][] newOutput(int inputColumns) {
        return new float[Math.ceilDiv(inputColumns, stride)][bias.length];
    }

    /** @param output from {@link #newOutput}; what is in it does not matter */
    void apply(float[][] input, float[][] output) {
        for (int column = 0; column < output.length; column++) {
            float[] sums = output[column];
            System.arraycopy(bias, 0, sums, 0, sums.length);
            for (int tap = 0; tap < WIDTH; tap++) {
                int source = column * stride + tap - 1;
                if (source >= 0 && source < input.length) { // the padding adds nothing
                    taps[tap].addProduct(input[source], 0, sums);
                }
            }
            rectify(sums);
        }
    }

    private static void rectify(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(0, values[i]);
        }
    }
}
