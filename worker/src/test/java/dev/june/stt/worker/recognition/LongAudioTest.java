package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.LongAudio.Piece;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class LongAudioTest {
    private static final int RATE = 16_000;

    @Test
    void whatFitsTheWindowIsNotCutNorCopied() {
        short[] samples = noise(28.4, 1);
        Piece piece = LongAudio.pieces(samples).getFirst();
        assertThat(LongAudio.pieces(samples)).hasSize(1);
        assertThat(piece.of(samples)).isSameAs(samples);
        assertThat(piece.cutSeconds()).isZero();
    }

    @Test
    void theCutLiesInTheMiddleOfTheQuietestMoment() {
        short[] samples = noise(40, 1);
        Arrays.fill(samples, 19 * RATE, 19 * RATE + RATE / 5, (short) 0);
        Arrays.fill(samples, 26 * RATE, 27 * RATE, (short) 0); // too late
        Piece second = LongAudio.pieces(samples).get(1);
        assertThat(second.cut()).isBetween(19 * RATE + RATE / 10 - 200, 19 * RATE + RATE / 10 + 200);
    }

    @Property(tries = 50)
    void piecesFitTheWindowOverlapAndCoverEverything(@ForAll @DoubleRange(min = 0.1, max = 200) double seconds) {
        short[] samples = noise(seconds, 7);
        List<Piece> pieces = LongAudio.pieces(samples);
        assertThat(pieces.getFirst().from()).isZero();
        assertThat(pieces.getLast().to()).isEqualTo(samples.length);
        for (Piece piece : pieces) {
            assertThat(piece.to() - piece.from()).isPositive().isLessThanOrEqualTo((int) (28.5 * RATE));
        }
        for (int i = 1; i < pieces.size(); i++) {
            Piece before = pieces.get(i - 1);
            Piece after = pieces.get(i);
            assertThat(after.cut() - before.cut()).isGreaterThanOrEqualTo(15 * RATE);
            assertThat(before.to() - after.cut())
                    .isEqualTo(after.cut() - after.from())
                    .isEqualTo(3 * RATE / 2);
        }
    }

    private static short[] noise(double seconds, long seed) {
        short[] samples = new short[(int) (seconds * RATE)];
        Random random = new Random(seed);
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (3000 * random.nextGaussian());
        }
        return samples;
    }
}
