package dev.june.stt.worker.faults;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Judges a speech-to-text service by what it published: one end for each utterance, and nothing else. Knows the two public streams and the
 * list of what was said, and nothing of how the service works, so any service that publishes such events can be put before it.
 *
 * <p>The rules: each utterance that the service took over has exactly one final or void; a final has the words that were said; ids are
 * unique; the sequence of a participant is 1, 2, 3 without gaps, in the order of speech, and so is the number within a track, which ends the
 * id (the order of speech holds as long as one worker listens: see {@link Order}); a void that says "failed" has a dead letter; the ledger balances.
 */
public final class Conformance {
    /** A void with this reason ends an utterance that a second listener heard; the first one's is the one that counts. */
    private static final String SUPERSEDED = "superseded";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration QUIET = Duration.ofSeconds(10);

    private final List<JsonNode> transcripts;
    private final Set<String> deadLetters;

    private Conformance(List<JsonNode> transcripts, Set<String> deadLetters) {
        this.transcripts = transcripts;
        this.deadLetters = deadLetters;
    }

    /** Reads everything that is stored. */
    public static Conformance of(Connection nats, String transcripts, String deadLetters)
            throws IOException, JetStreamApiException, InterruptedException {
        List<JsonNode> events = new ArrayList<>();
        for (Message message : all(nats, transcripts)) {
            events.add(JSON.readTree(message.getData()).path("data"));
        }
        Set<String> dead = new HashSet<>();
        for (Message message : all(nats, deadLetters)) {
            String subject = message.getSubject();
            dead.add(subject.substring(subject.lastIndexOf('.') + 1));
        }
        return new Conformance(events, dead);
    }

    /** Whether numbers follow the order of speech: what a worker heard while it was cut off comes late. */
    public enum Order {
        OF_SPEECH,
        ANY
    }

    /** How utterances ended. */
    public record Ledger(int opened, int finals, int empty, int discarded, int failed) {}

    public Ledger ledger() {
        Map<String, Integer> ends = new HashMap<>();
        transcripts.forEach(each -> ends.merge(endOf(each), 1, Integer::sum));
        return new Ledger(
                transcripts.size(),
                ends.getOrDefault("final", 0),
                ends.getOrDefault("empty", 0),
                ends.getOrDefault("discarded", 0),
                ends.getOrDefault("failed", 0));
    }

    /**
     * @param told what the service said it had taken over
     * @param untold what was being handed over when the service died: it may have an end or none, but not two
     * @return what is wrong, for people; empty if all is well
     */
    public List<String> findings(Collection<Said> told, Collection<Said> untold, Order order) {
        List<String> findings = new ArrayList<>();
        Map<Said, List<JsonNode>> ends = new HashMap<>();
        for (JsonNode each : transcripts) {
            if (!isSuperseded(each)) {
                ends.computeIfAbsent(saidOf(each), _ -> new ArrayList<>()).add(each);
            }
        }
        told.stream().filter(each -> !ends.containsKey(each)).forEach(each -> findings.add("lost: " + each));
        Set<Said> known = new HashSet<>(told);
        known.addAll(untold);
        ends.forEach((said, found) -> {
            if (!known.contains(said)) {
                findings.add("never said: " + said);
            }
            if (found.size() > 1) {
                findings.add(found.size() + " ends: " + said + " as "
                        + found.stream().map(Conformance::idOf).toList());
            }
        });
        examineText(findings);
        examineNumbers(findings, order);
        examineLedger(findings);
        return findings;
    }

    private void examineText(List<String> findings) {
        Set<String> ids = new HashSet<>();
        for (JsonNode each : transcripts) {
            if (!ids.add(idOf(each))) {
                findings.add("the id comes twice: " + idOf(each));
            }
            if (endOf(each).equals("final")
                    && !each.path("text").asString().equals(saidOf(each).text())) {
                findings.add("other words than were said: " + idOf(each));
            }
            if (endOf(each).equals("failed") && !deadLetters.contains(idOf(each))) {
                findings.add("failed without a dead letter: " + idOf(each));
            }
        }
    }

    private void examineNumbers(List<String> findings, Order order) {
        Map<String, TreeMap<Long, Long>> sequences = new HashMap<>();
        Map<String, TreeMap<Long, Long>> tracks = new HashMap<>();
        for (JsonNode each : transcripts) {
            long at = saidOf(each).at();
            String id = idOf(each);
            int dash = id.lastIndexOf('-');
            sequences
                    .computeIfAbsent(saidOf(each).participant(), _ -> new TreeMap<>())
                    .put(each.path("sequence").asLong(), isSuperseded(each) ? -1 : at);
            tracks.computeIfAbsent(id.substring(0, dash), _ -> new TreeMap<>())
                    .put(Long.parseLong(id.substring(dash + 1)), isSuperseded(each) ? -1 : at);
        }
        sequences.forEach((participant, numbers) -> examineRow(findings, participant, numbers, order));
        tracks.forEach((track, numbers) -> examineRow(findings, track, numbers, order));
    }

    private static void examineRow(List<String> findings, String whose, Map<Long, Long> numbers, Order order) {
        long expected = 1;
        long before = -1;
        for (Map.Entry<Long, Long> each : numbers.entrySet()) {
            if (each.getKey() != expected) {
                findings.add("numbers of " + whose + ": expected " + expected + ", got " + each.getKey());
            }
            if (order == Order.OF_SPEECH && each.getValue() >= 0 && each.getValue() < before) {
                findings.add("order of " + whose + ": " + each.getValue() + " after " + before);
            }
            before = Math.max(before, each.getValue());
            expected = each.getKey() + 1;
        }
    }

    private void examineLedger(List<String> findings) {
        Ledger ledger = ledger();
        if (ledger.opened() != ledger.finals() + ledger.empty() + ledger.discarded() + ledger.failed()) {
            findings.add("the ledger does not balance: " + ledger);
        }
    }

    private static Said saidOf(JsonNode transcript) {
        return new Said(
                transcript.at("/origin/participant/identity").asString(),
                Math.round(transcript.at("/speech/start").asDouble()));
    }

    private static String idOf(JsonNode transcript) {
        return transcript.path("utteranceId").asString();
    }

    private static String endOf(JsonNode transcript) {
        return transcript.has("text") ? "final" : transcript.path("outcome").asString();
    }

    private static boolean isSuperseded(JsonNode transcript) {
        return transcript.path("reason").asString("").equals(SUPERSEDED);
    }

    private static List<Message> all(Connection nats, String stream)
            throws IOException, JetStreamApiException, InterruptedException {
        long count = nats.jetStreamManagement()
                .getStreamInfo(stream)
                .getStreamState()
                .getMsgCount();
        List<Message> messages = new ArrayList<>();
        JetStreamSubscription subscription = nats.jetStream()
                .subscribe(
                        ">",
                        PushSubscribeOptions.builder().stream(stream)
                                .ordered(true)
                                .configuration(ConsumerConfiguration.builder()
                                        .deliverPolicy(DeliverPolicy.All)
                                        .build())
                                .build());
        while (messages.size() < count) {
            Message message = subscription.nextMessage(QUIET);
            if (message == null) {
                throw new IOException(stream + " holds " + count + " messages and gave " + messages.size());
            }
            messages.add(message);
        }
        subscription.unsubscribe();
        return messages;
    }
}
