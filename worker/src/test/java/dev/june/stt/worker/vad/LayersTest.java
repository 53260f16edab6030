package dev.june.stt.worker.vad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each layer against its formula, written out. */
class LayersTest {
    private final Random random = new Random(4);

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 7, 129})
    void aMatrixAddsItsProductToTheSums(int inputs) {
        int outputs = 5;
        float[] weights = random(outputs * inputs);
        float[] input = random(inputs + 2);
        float[] sums = random(outputs);
        float[] expected = sums.clone();
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                expected[o] += weights[o * inputs + i] * input[2 + i];
            }
        }
        Matrix.of(weights, inputs, outputs, 0, inputs, 1).addProduct(input, 2, sums);
        assertThat(sums).containsExactly(expected, within(1e-5f));
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "4, 2", "3, 2", "2, 2", "1, 1", "1, 2"})
    void aConvolutionIsPaddedStridedAndRectified(int columns, int stride) {
        int inputs = 6;
        int outputs = 9;
        float[] weights = random(outputs * inputs * 3);
        float[] bias = random(outputs);
        float[][] input = new float[columns][];
        for (int column = 0; column < columns; column++) {
            input[column] = random(inputs);
        }
        var convolution = new Convolution(weights, bias, inputs, stride);
        float[][] output = convolution.newOutput(columns);
        for (int twice = 0; twice < 2; twice++) { // what is in the output from the last time does not matter
            convolution.apply(input, output);
        }
        assertThat(output).hasDimensions((columns + 2 - 3) / stride + 1, outputs);
        for (int column = 0; column < output.length; column++) {
            for (int o = 0; o < outputs; o++) {
                float sum = bias[o];
                for (int i = 0; i < inputs; i++) {
                    for (int tap = 0; tap < 3; tap++) {
                        int source = column * stride + tap - 1;
                        sum += source < 0 || source >= columns
                                ? 0
                                : weights[(o * inputs + i) * 3 + tap] * input[source][i];
                    }
                }
                assertThat(output[column][o]).isCloseTo(Math.max(0, sum), within(1e-5f));
            }
        }
    }

    @Test
    void aMemoryCellKeepsForgetsAndAnswersAsItsGatesSay() {
        int size = 3;
        float[] inputWeights = random(4 * size * size);
        float[] hiddenWeights = random(4 * size * size);
        float[] inputBias = random(4 * size);
        float[] hiddenBias = random(4 * size);
        float[] input = random(size);
        float[] hidden = random(size);
        float[] cell = random(size);
        double[] gates = new double[4 * size];
        for (int gate = 0; gate < gates.length; gate++) {
            gates[gate] = inputBias[gate] + hiddenBias[gate];
            for (int i = 0; i < size; i++) {
                gates[gate] += inputWeights[gate * size + i] * input[i] + hiddenWeights[gate * size + i] * hidden[i];
            }
        }
        float[] expectedCell = new float[size];
        float[] expectedHidden = new float[size];
        for (int i = 0; i < size; i++) {
            double newCell = sigmoid(gates[size + i]) * cell[i] + sigmoid(gates[i]) * Math.tanh(gates[2 * size + i]);
            expectedCell[i] = (float) newCell;
            expectedHidden[i] = (float) (sigmoid(gates[3 * size + i]) * Math.tanh(newCell));
        }
        new Lstm(inputWeights, hiddenWeights, inputBias, hiddenBias, size).step(input, hidden, cell, random(4 * size));
        assertThat(cell).containsExactly(expectedCell, within(1e-5f));
        assertThat(hidden).containsExactly(expectedHidden, within(1e-5f));
    }

    @Test
    void theSigmoidStaysBetweenZeroAndOne() {
        assertThat(Lstm.sigmoid(0)).isEqualTo(0.5f);
        assertThat(Lstm.sigmoid(-Float.MAX_VALUE)).isZero();
        assertThat(Lstm.sigmoid(Float.MAX_VALUE)).isEqualTo(1);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private float[] random(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat(-1, 1);
        }
        return values;
    }
}
