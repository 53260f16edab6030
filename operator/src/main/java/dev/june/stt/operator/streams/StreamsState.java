package dev.june.stt.operator.streams;

import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.WebhookGone;
import dev.june.stt.config.WorkerReport;
import java.util.List;
import java.util.Optional;

/**
 * What was last seen of a pipeline's streams.
 *
 * @param access the NATS server that was looked at
 * @param trouble why they are not as they should be; empty when they are
 * @param removed whether they were removed because the pipeline is being deleted
 * @param queueDepth utterances that wait for or are in their final decode
 * @param queueSeconds audio in these utterances, about
 * @param deadLetters dead letters kept
 * @param reports of the workers that were asked for, as far as they have reported
 * @param variants what became of the utterances of variants
 * @param webhookGone set once the webhook's receiver has said that it is gone, for whatever configuration
 */
public record StreamsState(
        NatsAccess access,
        Optional<Trouble> trouble,
        boolean removed,
        long queueDepth,
        double queueSeconds,
        long deadLetters,
        List<WorkerReport> reports,
        VariantTallies variants,
        Optional<WebhookGone> webhookGone) {
    public StreamsState {
        reports = List.copyOf(reports);
    }

    static StreamsState kept(
            NatsAccess access,
            long queueDepth,
            double queueSeconds,
            long deadLetters,
            List<WorkerReport> reports,
            VariantTallies variants,
            Optional<WebhookGone> webhookGone) {
        return new StreamsState(
                access, Optional.empty(), false, queueDepth, queueSeconds, deadLetters, reports, variants, webhookGone);
    }

    static StreamsState gone(NatsAccess access) {
        return new StreamsState(
                access, Optional.empty(), true, 0, 0, 0, List.of(), VariantTallies.NONE, Optional.empty());
    }

    /** Figures and reports stay as they were seen last: NATS being away for a moment does not make the queue empty. */
    static StreamsState troubled(NatsAccess access, Trouble trouble, Optional<StreamsState> before) {
        return new StreamsState(
                access,
                Optional.of(trouble),
                false,
                before.map(StreamsState::queueDepth).orElse(0L),
                before.map(StreamsState::queueSeconds).orElse(0.0),
                before.map(StreamsState::deadLetters).orElse(0L),
                before.map(StreamsState::reports).orElse(List.of()),
                before.map(StreamsState::variants).orElse(VariantTallies.NONE),
                before.flatMap(StreamsState::webhookGone));
    }
}
