package dev.june.stt.worker.vad;

/**
 * Weights from inputs to outputs, ready to be multiplied fast. One array per input, so that the inner loop runs along the outputs,
 * at one index in every array: the JIT turns that into vector instructions. It does not for a dot product (the order of float
 * additions is given), nor for rows at offsets of one flat array (they might overlap): 4 times slower, measured.
 */
final class Matrix {
    private final float[][] rows;

    private Matrix(float[][] rows) {
        this.rows = rows;
    }

    /** @param values the weight from an input to an output lies at {@code start + output * outputStep + input * inputStep} */
    static Matrix of(float[] values, int inputs, int outputs, int start, int outputStep, int inputStep) {
        float[][] rows = new float[inputs][outputs];
        for (int i = 0; i < inputs; i++) {
            for (int o = 0; o < outputs; o++) {
                rows[i][o] = values[start + o * outputStep + i * inputStep];
            }
        }
        return new Matrix(rows);
    }

    /** Adds the product of the inputs, found in {@code input} from {@code from} on, to the sums: one per output. */
    void addProduct(float[] input, int from, float[] sums) {
        int row = 0;
        for (; row + 4 <= rows.length; row += 4) { // four at a time: the sums are loaded and stored once for four
            addFour(row, input, from + row, sums);
        }
        for (; row < rows.length; row++) {
            float x = input[from + row];
            float[] weights = rows[row];
            for (int o = 0; o < sums.length; o++) {
                sums[o] += weights[o] * x;
            }
        }
    }

    private void addFour(int row, float[] input, int from, float[] sums) {
        float[] a = rows[row];
        float[] b = rows[row + 1];
        float[] c = rows[row + 2];
        float[] d = rows[row + 3];
        float xa = input[from];
        float xb = input[from + 1];
        float xc = input[from + 2];
        float xd = input[from + 3];
        for (int o = 0; o < sums.length; o++) {
            sums[o] += a[o] * xa + b[o] * xb + c[o] * xc + d[o] * xd;
        }
    }
}
