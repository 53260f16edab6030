package dev.june.stt.worker.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.june.stt.config.Share;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.VariantTallies.Sums;
import dev.june.stt.config.VariantTallies.Tally;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.lifecycle.ConfigDocument;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VariantCountTest {
    private static final Transcript.Speech SPEECH = new Transcript.Speech("", "", 0, 1);
    private static final Origin ORIGIN =
            new Origin("team-a", "meetings", "daily", new Origin.Participant("ann", "PA_1"), "TR_a");

    private final VariantCount count = new VariantCount(() -> ConfigDocument.parse("""
            generation: 9
            namespace: team-a
            name: meetings
            shares: [{variant: canary, weight: 10, since: 7}, {variant: fast, weight: 20, since: 9}]
            spec:
              livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
              delivery: {nats: {url: "nats://nats:4222"}}
              variants: [{name: canary, weight: 10}, {name: fast, weight: 20}]
            """, Map.of()));

    @Test
    void aVariantIsCountedForItselfAndThePipelineForAllOfThem() {
        count.closed(finalOf("canary", 9, 300, -0.4));
        count.closed(finalOf("canary", 9, 290, -0.2));
        count.closed(voided("", 9, Transcript.Outcome.EMPTY, "no_words"));

        List<Tally> tallies = sorted(count.take());
        assertThat(tallies).extracting(Tally::variant).containsExactly("canary", "fast");
        Sums own = tallies.getFirst().own();
        assertThat(own.finals()).isEqualTo(2);
        assertThat(own.logProbability()).isCloseTo(-0.6, within(1e-9));
        assertThat(own.latencies().get(VariantTallies.latencyClass(300))).isEqualTo(2);
        assertThat(tallies)
                .allSatisfy(tally -> assertThat(tally.pipeline().empty()).isEqualTo(1));
        assertThat(tallies.getLast().own()).isEqualTo(Sums.NONE);
        assertThat(count.take()).isEmpty();
    }

    @Test
    void whatWasHeardUnderAnEarlierFormIsNotCompared() {
        count.closed(finalOf("canary", 6, 300, -0.4));
        assertThat(count.take()).isEmpty();

        count.closed(finalOf("", 8, 300, -0.4));
        assertThat(count.take()).extracting(Tally::variant).containsExactly("canary");
    }

    @Test
    void anUtteranceThatWasNotToBeDecodedSaysNothing() {
        count.closed(voided("canary", 9, Transcript.Outcome.FAILED, "superseded"));
        assertThat(count.take()).isEmpty();

        count.closed(voided("canary", 9, Transcript.Outcome.FAILED, "max_deliveries"));
        assertThat(count.take())
                .singleElement()
                .satisfies(tally -> assertThat(tally.own().failed()).isEqualTo(1));
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenNextTime() {
        count.closed(finalOf("canary", 9, 300, -0.4));
        List<Tally> taken = count.take();
        count.closed(finalOf("canary", 9, 300, -0.4));
        count.giveBack(taken);

        assertThat(count.take())
                .singleElement()
                .satisfies(tally -> assertThat(tally.own().finals()).isEqualTo(2));
    }

    @Test
    void talliesOfAnotherFormAreForgotten() {
        Tally old = new Tally("canary", 3, new Sums(5, 0, 0, 0, -1, Sums.NONE.latencies()), Sums.NONE);
        Tally gone = new Tally("gone", 7, old.own(), Sums.NONE);
        Tally now = new Tally("canary", 7, old.own(), Sums.NONE);

        VariantTallies sum = VariantCount.sum(
                new VariantTallies(List.of(old, gone, now)), List.of(now), List.of(new Share("canary", 10, 7)));

        assertThat(sum.tallies()).singleElement().satisfies(tally -> {
            assertThat(tally.since()).isEqualTo(7);
            assertThat(tally.own().finals()).isEqualTo(10);
        });
    }

    private static List<Tally> sorted(List<Tally> tallies) {
        return tallies.stream()
                .sorted(java.util.Comparator.comparing(Tally::variant))
                .toList();
    }

    private static Transcript.Final finalOf(String variant, long generation, long totalMs, double logProbability) {
        return new Transcript.Final(
                "TR_a-000001",
                ORIGIN,
                1,
                "hello",
                new Transcript.Language("en", null, Transcript.Language.Source.DECLARED),
                List.of(),
                SPEECH,
                EndReason.SILENCE,
                "base",
                new Transcript.Confidence(logProbability, null, 0.9),
                new Transcript.Latency(0, 0, 0, totalMs),
                generation,
                "worker-1",
                variant);
    }

    private static Transcript.Voided voided(
            String variant, long generation, Transcript.Outcome outcome, String reason) {
        return new Transcript.Voided(
                "TR_a-000001", ORIGIN, 1, outcome, reason, SPEECH, EndReason.SILENCE, generation, "worker-1", variant);
    }
}
