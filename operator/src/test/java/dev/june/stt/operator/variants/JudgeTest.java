package dev.june.stt.operator.variants;

import static dev.june.stt.operator.variants.Counted.utterances;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Comparison;
import dev.june.stt.config.Comparison.Decision;
import dev.june.stt.config.VariantTallies.Sums;
import dev.june.stt.operator.variants.Judge.Finding;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final Comparison BOUNDS = new Comparison(100, 50, 10, 2, 0.2, Decision.AUTOMATIC, Decision.MANUAL);
    private static final Sums USUAL = utterances(190, 800, -0.3, 10, 0);

    @Test
    void nothingIsSaidBeforeBothHaveEnough() {
        assertThat(judged(utterances(99, 30_000, -3, 0, 0))).isEqualTo(Finding.NOT_ENOUGH);
        assertThat(Judge.judge(BOUNDS, new Figures(USUAL), new Figures(utterances(99, 800, -0.3, 0, 0)))
                        .finding())
                .isEqualTo(Finding.NOT_ENOUGH);
        assertThat(judged(utterances(0, 800, 0, 0, 100))).as("failures count").isEqualTo(Finding.WORSE);
    }

    @Test
    void eachBoundAloneMakesAVariantWorse() {
        assertThat(judged(utterances(200, 1_300, -0.3, 10, 0))).as("latency").isEqualTo(Finding.WORSE);
        assertThat(judged(utterances(160, 800, -0.3, 40, 0))).as("empty").isEqualTo(Finding.WORSE);
        assertThat(judged(utterances(185, 800, -0.3, 10, 5))).as("failed").isEqualTo(Finding.WORSE);
        assertThat(judged(utterances(190, 800, -0.51, 10, 0)))
                .as("log-probability")
                .isEqualTo(Finding.WORSE);
    }

    @Test
    void theMessageNamesWhatIsWorseAndByHowMuch() {
        assertThat(Judge.judge(BOUNDS, new Figures(utterances(160, 800, -0.3, 40, 0)), new Figures(USUAL))
                        .message())
                .isEqualTo("share without text 15.00 points worse (allowed 10.00).");
    }

    @Test
    void theSameIsAsGoodAndSoIsBetter() {
        assertThat(judged(USUAL)).isEqualTo(Finding.AS_GOOD);
        assertThat(judged(utterances(300, 200, -0.1, 0, 0))).isEqualTo(Finding.AS_GOOD);
    }

    @Test
    void aLittleWorseIsNeither() {
        assertThat(judged(utterances(186, 800, -0.42, 14, 0))).isEqualTo(Finding.BETWEEN);
    }

    @Test
    void percentilesAreThoseOfTheFinalsWithinAClass() {
        Sums spread = IntStream.rangeClosed(1, 100)
                .mapToObj(i -> utterances(1, i * 100L, -0.3, 0, 0))
                .collect(Collectors.reducing(Sums.NONE, Sums::plus));
        Figures figures = new Figures(spread);

        assertThat(figures.latencyMs(0.5).orElseThrow()).isBetween(4_000.0, 6_250.0);
        assertThat(figures.latencyMs(0.95).orElseThrow()).isBetween(7_600.0, 11_900.0);
        assertThat(new Figures(Sums.NONE).latencyMs(0.5)).isEmpty();
        assertThat(List.of(0.1, 0.5, 0.95, 1.0).stream()
                        .map(share -> figures.latencyMs(share).orElseThrow()))
                .isSorted();
    }

    private static Finding judged(Sums own) {
        return Judge.judge(BOUNDS, new Figures(own), new Figures(USUAL)).finding();
    }
}
