package dev.june.stt.operator.variants;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.june.stt.config.Comparison;
import dev.june.stt.config.Share;
import dev.june.stt.config.Variant;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Sums;
import dev.june.stt.config.VariantTallies.Tally;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.SttPipelineStatus;
import dev.june.stt.resource.VariantStatus;
import dev.june.stt.resource.VariantStatus.State;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * How far the variants of a pipeline have come. What was decided stands in the pipeline's status and nowhere else, and holds while the variant,
 * and what of the pipeline it is compared with, stay as they are; the spec is never touched. Pure.
 */
public final class Rollout {
    private static final int ALL = 100;
    private static final ObjectMapper JSON =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    private Rollout() {}

    /** What a variant was when it was looked at last, or a beginning if it has another form now. */
    private record Standing(Variant variant, State state, String reason, String message, long since, String hash) {
        Standing decided(State newState, String newReason, String newMessage) {
            return new Standing(variant, newState, newReason, newMessage, since, hash);
        }
    }

    /** What each variant gets of the new rooms, by what was decided so far. */
    public static List<Share> shares(SttPipeline pipeline) {
        List<Standing> standings = standings(pipeline);
        return standings.stream()
                .map(each -> new Share(each.variant.name(), weight(each, standings), each.since))
                .toList();
    }

    /** How the variants compare now, and what is decided from now on. */
    public static List<VariantStatus> report(SttPipeline pipeline, VariantTallies tallies) {
        List<Standing> standings = new ArrayList<>(standings(pipeline));
        for (int i = 0; i < standings.size(); i++) {
            Tally tally = tally(tallies, standings.get(i));
            boolean promoted = standings.stream().anyMatch(each -> each.state == State.PROMOTED);
            standings.set(
                    i, judged(standings.get(i), new Figures(tally.own()), new Figures(tally.pipeline()), promoted));
        }
        return standings.stream()
                .map(each -> {
                    Tally tally = tally(tallies, each);
                    return new VariantStatus(
                            each.variant.name(),
                            weight(each, standings),
                            each.state,
                            each.reason,
                            each.message,
                            each.since,
                            each.hash,
                            new Figures(tally.own()).reported(),
                            new Figures(tally.pipeline()).reported());
                })
                .toList();
    }

    private static Standing judged(Standing standing, Figures own, Figures pipeline, boolean anotherIsPromoted) {
        if (standing.state != State.COMPARING) {
            return standing;
        }
        Comparison comparison = standing.variant.comparison();
        Judge.Verdict verdict = Judge.judge(comparison, own, pipeline);
        boolean abort = comparison.abort() == Comparison.Decision.AUTOMATIC;
        boolean promote = comparison.promotion() == Comparison.Decision.AUTOMATIC && !anotherIsPromoted;
        return switch (verdict.finding()) {
            case NOT_ENOUGH -> standing.decided(State.COMPARING, "NotEnoughUtterances", verdict.message());
            case WORSE ->
                standing.decided(abort ? State.ABORTED : State.COMPARING, "WorseThanPipeline", verdict.message());
            case BETWEEN -> standing.decided(State.COMPARING, "WithinBounds", verdict.message());
            case AS_GOOD ->
                standing.decided(promote ? State.PROMOTED : State.COMPARING, "AsGoodAsPipeline", verdict.message());
        };
    }

    private static int weight(Standing standing, List<Standing> all) {
        boolean promoted = all.stream().anyMatch(each -> each.state == State.PROMOTED);
        return switch (standing.state) {
            case PROMOTED -> ALL;
            case ABORTED -> 0;
            case COMPARING -> promoted ? 0 : standing.variant.weight();
        };
    }

    private static List<Standing> standings(SttPipeline pipeline) {
        SttPipelineSpec spec = pipeline.getSpec();
        List<VariantStatus> before = Optional.ofNullable(pipeline.getStatus())
                .map(SttPipelineStatus::variants)
                .orElse(List.of());
        return spec.variants().stream()
                .map(variant -> {
                    String hash = hash(variant, spec);
                    return before.stream()
                            .filter(status -> status.name().equals(variant.name())
                                    && status.hash().equals(hash))
                            .findFirst()
                            .map(status -> new Standing(
                                    variant, status.state(), status.reason(), status.message(), status.since(), hash))
                            .orElseGet(() -> new Standing(
                                    variant,
                                    State.COMPARING,
                                    "",
                                    "",
                                    pipeline.getMetadata().getGeneration(),
                                    hash));
                })
                .toList();
    }

    private static Tally tally(VariantTallies tallies, Standing standing) {
        return tallies.tallies().stream()
                .filter(tally -> tally.variant().equals(standing.variant.name()) && tally.since() == standing.since)
                .findFirst()
                .orElseGet(() -> new Tally(standing.variant.name(), standing.since, Sums.NONE, Sums.NONE));
    }

    /** Tells one form of a variant, and of what it is compared with, from another. */
    private static String hash(Variant variant, SttPipelineSpec spec) {
        try {
            byte[] form = JSON.writeValueAsBytes(List.of(variant, spec.model(), spec.segmentation()));
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(form), 0, 8);
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("a variant can be written as JSON, and every Java has SHA-256", e);
        }
    }
}
