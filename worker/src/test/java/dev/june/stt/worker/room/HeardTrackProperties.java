package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.SealedUtterance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** What holds for a track whatever happens to it, and in whatever order. */
class HeardTrackProperties {
    /** What can happen. A stretch lasts some blocks of 20 ms, the rest happens between two blocks. */
    sealed interface Deed {
        record Speech(int blocks) implements Deed {}

        record Silence(int blocks) implements Deed {}

        /** No audio comes at all. */
        record Nothing(int blocks) implements Deed {}

        record Mute() implements Deed {}

        record Unmute() implements Deed {}

        /** The connection is gone and comes back after a moment, with other handles, muted or not. */
        record Reconnect(int blocks, boolean muted) implements Deed {}

        /** Something breaks in our own code at the next window. */
        record Defect() implements Deed {}
    }

    @Provide
    Arbitrary<List<Deed>> lives() {
        return Arbitraries.frequencyOf(List.of(
                        some(8, blocks(150).map(Deed.Speech::new)),
                        some(1, blocks(2_000).map(Deed.Speech::new)),
                        some(8, blocks(60).map(Deed.Silence::new)),
                        some(3, blocks(60).map(Deed.Nothing::new)),
                        some(2, Arbitraries.create(Deed.Mute::new)),
                        some(3, Arbitraries.create(Deed.Unmute::new)),
                        some(2, blocks(24).map(blocks -> new Deed.Reconnect(blocks, blocks % 3 == 0))),
                        some(1, Arbitraries.create(Deed.Defect::new))))
                .list()
                .ofMaxSize(30);
    }

    private static Tuple.Tuple2<Integer, Arbitrary<Deed>> some(int often, Arbitrary<? extends Deed> deeds) {
        return Tuple.of(often, deeds.map(deed -> deed));
    }

    private static Arbitrary<Integer> blocks(int most) {
        return Arbitraries.integers().between(1, most);
    }

    @Provide
    Arbitrary<EndReason> ends() {
        return Arbitraries.of(EndReason.PARTICIPANT_LEFT, EndReason.DISCONNECTED, EndReason.DRAIN);
    }

    @Property(tries = 150)
    void whateverHappensEveryUtteranceIsHandedOverOnceAndNoSampleTwice(
            @ForAll("lives") List<Deed> life, @ForAll("ends") EndReason end) throws InterruptedException {
        try (PlayedTrack played = PlayedTrack.of(life)) {
            played.end(end);
            assertThat(played.sealed).hasSize((int) played.opened());
            assertThat(played.open()).isZero();
            assertThat(played.lost()).isZero();
            int[] samples = new int[1 << 15]; // by loudness, which is the block
            long position = 0;
            for (SealedUtterance utterance : played.sealed) {
                long start = Math.round(utterance.header().audioStart() * 16_000);
                assertThat(start).isGreaterThanOrEqualTo(position);
                position = start + utterance.samples().length;
                for (short sample : utterance.samples()) {
                    samples[Math.abs(sample)]++;
                }
            }
            for (int block = 1; block < samples.length; block++) {
                assertThat(samples[block]).as("samples of block %d", block).isLessThanOrEqualTo(PlayedTrack.BLOCK);
                assertThat(samples[block] > 0 && played.whileMuted.contains(block))
                        .as("block %d, which came while muted, is in an utterance", block)
                        .isFalse();
            }
        }
    }

    @Property(tries = 150)
    void everyStretchOfSpeechBelongsToExactlyOneUtteranceUnlessItIsTooLong(
            @ForAll("lives") List<Deed> life, @ForAll("ends") EndReason end) throws InterruptedException {
        List<Deed> withoutDefects =
                life.stream().filter(deed -> !(deed instanceof Deed.Defect)).toList();
        try (PlayedTrack played = PlayedTrack.of(withoutDefects)) {
            played.end(end);
            Map<Integer, TreeMap<Integer, Integer>> blocks = new HashMap<>(); // of each stretch, by utterance
            for (int utterance = 0; utterance < played.sealed.size(); utterance++) {
                for (short sample : played.sealed.get(utterance).samples()) {
                    Integer stretch = played.stretchOf.get(Math.abs(sample));
                    if (stretch != null) {
                        blocks.computeIfAbsent(stretch, _ -> new TreeMap<>()).merge(utterance, 1, Integer::sum);
                    }
                }
            }
            played.stretches.forEach((stretch, spoken) -> {
                if (spoken >= PlayedTrack.SURELY_SPEECH) {
                    Map<Integer, Integer> utterances = blocks.getOrDefault(stretch, new TreeMap<>());
                    assertThat(utterances.values().stream()
                                    .mapToInt(count -> count)
                                    .sum())
                            .as("samples of stretch %d that are in an utterance", stretch)
                            .isEqualTo(spoken * PlayedTrack.BLOCK);
                    boolean cut = utterances.keySet().stream()
                            .anyMatch(each -> played.sealed.get(each).header().endReason() == EndReason.MAX_LENGTH);
                    assertThat(cut || utterances.size() == 1)
                            .as("stretch %d is in %s", stretch, utterances)
                            .isTrue();
                }
            });
        }
    }

    @Property(tries = 150)
    void partialsBelongToTheOpenUtteranceAreNumberedUpwardsAndNeverRepeatOrTakeBack(
            @ForAll("lives") List<Deed> life, @ForAll("ends") EndReason end) throws InterruptedException {
        try (PlayedTrack played = PlayedTrack.of(life)) {
            played.end(end);
            played.answerEverything();
            Transcript.Partial before = null;
            for (PlayedTrack.Sent sent : played.partials) {
                Transcript.Partial partial = sent.partial();
                assertThat(partial.utteranceId()).isEqualTo("TR_a-%06d".formatted(7 + sent.opened()));
                assertThat(sent.sealed()).as("utterances over by then").isEqualTo(sent.opened() - 1);
                if (before != null && before.utteranceId().equals(partial.utteranceId())) {
                    assertThat(partial.revision()).isEqualTo(before.revision() + 1);
                    assertThat(partial.stable()).startsWith(before.stable());
                    assertThat(partial.stable() + "|" + partial.unstable())
                            .isNotEqualTo(before.stable() + "|" + before.unstable());
                } else {
                    assertThat(partial.revision()).isEqualTo(1);
                }
                before = partial;
            }
        }
    }

    @Property(tries = 100)
    void nothingComesAfterTheEnd(@ForAll("lives") List<Deed> life, @ForAll("ends") EndReason end)
            throws InterruptedException {
        try (PlayedTrack played = PlayedTrack.of(life)) {
            played.end(end);
            int sealed = played.sealed.size();
            int partials = played.partials.size();
            played.answerEverything();
            assertThat(played.sealed).hasSize(sealed);
            assertThat(played.partials).hasSize(partials);
        }
    }
}
