package dev.june.stt.worker.variant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class VariantChoiceProperties {
    private static final int ROOMS = 2_000;

    /** Five standard deviations of a share of 50 % among {@link #ROOMS}, in percent. */
    private static final double NOISE = 5.6;

    @Property(tries = 40)
    void roomsComeOutInProportionToTheWeights(@ForAll("shares") List<Share> shares, @ForAll int salt) {
        Map<String, Long> counted = rooms(salt).stream()
                .collect(Collectors.groupingBy(room -> VariantChoice.of(room, shares), Collectors.counting()));

        int left = 100;
        for (Share share : shares) {
            left -= share.weight();
            assertThat(percent(counted.getOrDefault(share.variant(), 0L)))
                    .as(share.variant())
                    .isBetween(share.weight() - NOISE, share.weight() + NOISE);
        }
        assertThat(percent(counted.getOrDefault("", 0L))).isBetween(left - NOISE, left + NOISE);
    }

    @Property(tries = 40)
    void aRoomGetsTheSameVariantWhateverTheOrderOfTheSpec(@ForAll("shares") List<Share> shares, @ForAll String room) {
        assertThat(VariantChoice.of(room, shares.reversed())).isEqualTo(VariantChoice.of(room, shares));
    }

    @Property(tries = 40)
    void withOneVariantOnlyRoomsThatHaveToMove(
            @ForAll("weight") int before, @ForAll("weight") int after, @ForAll int salt) {
        String gains = after > before ? "canary" : "";
        for (String room : rooms(salt)) {
            String now = VariantChoice.of(room, List.of(new Share("canary", after, 1)));
            if (!now.equals(VariantChoice.of(room, List.of(new Share("canary", before, 1))))) {
                assertThat(now).isEqualTo(gains);
            }
        }
    }

    @Property(tries = 40)
    void withMoreVariantsHardlyMoreMoveThanHaveTo(
            @ForAll("shares") List<Share> before, @ForAll("shares") List<Share> after, @ForAll int salt) {
        long moved = rooms(salt).stream()
                .filter(room -> !VariantChoice.of(room, before).equals(VariantChoice.of(room, after)))
                .count();

        assertThat(percent(moved)).isLessThanOrEqualTo(1.5 * distance(before, after) + NOISE);
    }

    @Property(tries = 40)
    void whoHasNoWeightGetsNoRoom(@ForAll String room, @ForAll("weight") int other) {
        List<Share> shares = List.of(new Share("aborted", 0, 1), new Share("b", other, 1));
        assertThat(VariantChoice.of(room, shares)).isNotEqualTo("aborted");
        assertThat(VariantChoice.of(room, List.of(new Share("promoted", 100, 1), new Share("b", 0, 1))))
                .isEqualTo("promoted");
        assertThat(VariantChoice.isOpen("aborted", shares)).isFalse();
    }

    @Provide
    Arbitrary<Integer> weight() {
        return Arbitraries.integers().between(0, 100);
    }

    /** Up to four variants whose weights add up to at most 100. */
    @Provide
    Arbitrary<List<Share>> shares() {
        return Arbitraries.integers().between(0, 100).list().ofSize(4).map(cuts -> {
            List<Integer> sorted = cuts.stream().sorted().toList();
            List<Share> shares = new ArrayList<>();
            for (int i = 0; i < sorted.size(); i++) {
                shares.add(new Share("v" + i, sorted.get(i) - (i == 0 ? 0 : sorted.get(i - 1)), 1));
            }
            return shares;
        });
    }

    private static List<String> rooms(int salt) {
        return IntStream.range(0, ROOMS).mapToObj(i -> "room " + salt + " " + i).toList();
    }

    private static double percent(long rooms) {
        return 100.0 * rooms / ROOMS;
    }

    /** Percent of the rooms that have to move. */
    private static double distance(List<Share> before, List<Share> after) {
        Map<String, Integer> then = before.stream().collect(Collectors.toMap(Share::variant, Share::weight));
        Map<String, Integer> now = after.stream().collect(Collectors.toMap(Share::variant, Share::weight));
        Function<Map<String, Integer>, Integer> rest = weights ->
                100 - weights.values().stream().mapToInt(Integer::intValue).sum();
        int differences = Math.abs(rest.apply(then) - rest.apply(now));
        for (Map.Entry<String, Integer> each : then.entrySet()) {
            differences += Math.abs(each.getValue() - now.getOrDefault(each.getKey(), 0));
        }
        return differences / 2.0;
    }
}
