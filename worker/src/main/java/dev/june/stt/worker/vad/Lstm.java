package dev.june.stt.worker.vad;

/** One long short-term memory cell: the network's memory from window to window. Immutable; the state belongs to the track. */
final class Lstm {
    private final Matrix fromInput;
    private final Matrix fromHidden;
    private final float[] bias;
    private final int size;

    /** @param inputWeights of shape [4 * size, size], gates in the order input, forget, cell, output; the others likewise */
    Lstm(float[] inputWeights, float[] hiddenWeights, float[] inputBias, float[] hiddenBias, int size) {
        this.size = size;
        this.fromInput = Matrix.of(inputWeights, size, 4 * size, 0, size, 1);
        this.fromHidden = Matrix.of(hiddenWeights, size, 4 * size, 0, size, 1);
        this.bias = new float[4 * size];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = inputBias[i] + hiddenBias[i];
        }
    }

    /**
     * @param hidden what it answered last, replaced by what it answers now
     * @param cell what it remembers, likewise
     * @param gates room for 4 values per cell; what is in it does not matter
     */
    void step(float[] input, float[] hidden, float[] cell, float[] gates) {
        System.arraycopy(bias, 0, gates, 0, gates.length);
        fromInput.addProduct(input, 0, gates);
        fromHidden.addProduct(hidden, 0, gates);
        for (int i = 0; i < size; i++) {
            float kept = sigmoid(gates[size + i]) * cell[i];
            float added = sigmoid(gates[i]) * (float) Math.tanh(gates[2 * size + i]);
            cell[i] = kept + added;
            hidden[i] = sigmoid(gates[3 * size + i]) * (float) Math.tanh(cell[i]);
        }
    }

    static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }
}
