package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Share;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Sums;
import dev.june.stt.config.VariantTallies.Tally;
import dev.june.stt.operator.variants.Rollout;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineStatus;
import dev.june.stt.resource.VariantStatus;
import dev.june.stt.resource.VariantStatus.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VariantRolloutTest {
    private static final String CANARY = "variants: [{name: canary, weight: 10, comparison: {minUtterances: 10%s}%s}]";
    private static final Sums GOOD = sums(20, 0);
    private static final Sums BAD = sums(10, 10);

    @Test
    void aVariantThatNobodyHasLookedAtBeginsWithItsWeight() {
        SttPipeline pipeline = pipeline("", "");
        assertThat(Rollout.shares(pipeline)).containsExactly(new Share("canary", 10, 7));
        VariantStatus status = only(Rollout.report(pipeline, VariantTallies.NONE));
        assertThat(status.state()).isEqualTo(State.COMPARING);
        assertThat(status.reason()).isEqualTo("NotEnoughUtterances");
    }

    @Test
    void aVariantThatIsWorseGetsNoMoreRoomsAndTheSpecStays() {
        SttPipeline pipeline = pipeline("", "");
        learn(pipeline, tally("canary", BAD, GOOD));

        assertThat(Rollout.shares(pipeline)).containsExactly(new Share("canary", 0, 7));
        assertThat(pipeline.getSpec().variants().getFirst().weight()).isEqualTo(10);
        assertThat(VariantNews.observation(pipeline.getStatus().variants()))
                .hasValueSatisfying(
                        observation -> assertThat(observation.reason()).isEqualTo("WorseThanPipeline"));
    }

    @Test
    void theDecisionStaysWhenLaterFiguresAreGood() {
        SttPipeline pipeline = pipeline("", "");
        learn(pipeline, tally("canary", BAD, GOOD));
        learn(pipeline, tally("canary", sums(10_000, 10), GOOD));

        assertThat(only(pipeline.getStatus().variants()).state()).isEqualTo(State.ABORTED);
    }

    @Test
    void anotherFormOfTheVariantIsTriedAgain() {
        SttPipeline pipeline = pipeline("", "");
        learn(pipeline, tally("canary", BAD, GOOD));
        SttPipeline changed = pipeline("", ", segmentation: {endSilence: 900ms}");
        changed.getMetadata().setGeneration(8L);
        changed.setStatus(pipeline.getStatus());

        assertThat(Rollout.shares(changed)).containsExactly(new Share("canary", 10, 8));
        learn(changed, tally("canary", BAD, GOOD));
        assertThat(only(changed.getStatus().variants()).state())
                .as("the tally is that of the earlier form")
                .isEqualTo(State.COMPARING);
    }

    @Test
    void anotherChangeOfThePipelineDoesNotTouchTheDecision() {
        SttPipeline pipeline = pipeline("", "");
        learn(pipeline, tally("canary", BAD, GOOD));
        SttPipeline changed = Pipelines.withSpec(CANARY.formatted("", "") + "\nlimits: {maxParticipantsPerRoom: 9}\n");
        changed.getMetadata().setGeneration(8L);
        changed.setStatus(pipeline.getStatus());

        assertThat(Rollout.shares(changed)).containsExactly(new Share("canary", 0, 7));
    }

    @Test
    void whereAPersonDecidesItIsOnlySaid() {
        SttPipeline pipeline = pipeline(", abort: Manual", "");
        learn(pipeline, tally("canary", BAD, GOOD));

        assertThat(only(pipeline.getStatus().variants()).reason()).isEqualTo("WorseThanPipeline");
        assertThat(Rollout.shares(pipeline)).containsExactly(new Share("canary", 10, 7));

        learn(pipeline, tally("canary", GOOD, GOOD));
        assertThat(only(pipeline.getStatus().variants()).reason()).isEqualTo("AsGoodAsPipeline");
        assertThat(only(pipeline.getStatus().variants()).state()).isEqualTo(State.COMPARING);
    }

    @Test
    void ofTwoVariantsThatAreAsGoodTheFirstIsPromoted() {
        SttPipeline pipeline = Pipelines.withSpec("""
                variants:
                - {name: a, weight: 10, comparison: {minUtterances: 10, promotion: Automatic}}
                - {name: b, weight: 20, comparison: {minUtterances: 10, promotion: Automatic}}
                """);
        learn(pipeline, tally("a", GOOD, GOOD), tally("b", GOOD, GOOD));

        assertThat(Rollout.shares(pipeline)).containsExactly(new Share("a", 100, 7), new Share("b", 0, 7));
        assertThat(VariantNews.observation(pipeline.getStatus().variants()))
                .hasValueSatisfying(
                        observation -> assertThat(observation.reason()).isEqualTo("NoneAborted"));
    }

    @Test
    void aDecisionIsNewOnce() {
        SttPipeline pipeline = pipeline("", "");
        SttPipelineStatus after = status(Rollout.report(pipeline, tallies(tally("canary", BAD, GOOD))));
        assertThat(VariantNews.decided(pipeline, after)).hasSize(1);
        pipeline.setStatus(after);
        assertThat(VariantNews.decided(pipeline, after)).isEmpty();
    }

    @Test
    void theDocumentSaysTheSharesAndOneWithoutVariantsDoesNot() {
        assertThat(ConfigDocument.render(pipeline("", "")))
                .contains("\"shares\":[{\"variant\":\"canary\",\"weight\":10,\"since\":7}]");
        assertThat(ConfigDocument.render(Pipelines.minimal())).doesNotContain("shares");
    }

    private static SttPipeline pipeline(String comparison, String more) {
        return Pipelines.withSpec(CANARY.formatted(comparison, more) + "\n");
    }

    private static void learn(SttPipeline pipeline, Tally... tallies) {
        pipeline.setStatus(status(Rollout.report(pipeline, tallies(tallies))));
    }

    private static VariantTallies tallies(Tally... tallies) {
        return new VariantTallies(Arrays.asList(tallies));
    }

    private static SttPipelineStatus status(List<VariantStatus> variants) {
        return new SttPipelineStatus(7, List.of(), 1, 1, null, 0, 0, 0, 0, null, variants);
    }

    private static VariantStatus only(List<VariantStatus> variants) {
        assertThat(variants).hasSize(1);
        return variants.getFirst();
    }

    private static Tally tally(String variant, Sums own, Sums pipeline) {
        return new Tally(variant, 7, own, pipeline);
    }

    private static Sums sums(long finals, long failed) {
        List<Long> latencies = new ArrayList<>(Sums.NONE.latencies());
        latencies.set(VariantTallies.latencyClass(800), finals);
        return new Sums(finals, 0, 0, failed, finals * -0.3, latencies);
    }
}
