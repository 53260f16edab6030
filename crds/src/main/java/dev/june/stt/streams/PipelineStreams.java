package dev.june.stt.streams;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import dev.june.stt.transcript.Subjects;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;

/** What a pipeline needs in JetStream. Pure: the same settings give the same shape. */
public record PipelineStreams(Subjects subjects, Delivery delivery) {
    /** Utterances given to workers and not yet answered for, over the whole pool. */
    private static final int MAX_ACK_PENDING = 1_000;

    /** Transcripts given to workers and not yet answered for by the webhook's receiver, over the whole pool. */
    private static final int MAX_WEBHOOK_PENDING = 5_000;

    /** A worker says more often than this that it still holds a transcript. */
    private static final Duration WEBHOOK_ACK_WAIT = Duration.ofSeconds(30);

    /** Entries kept of a key: a bucket has one for every participant, so no more than the newest. */
    private static final int KV_HISTORY = 1;

    /** A durable consumer and the stream that it reads. */
    public record PlacedConsumer(String stream, ConsumerConfiguration configuration) {}

    /** Those that the settings ask for, streams before what reads from them. */
    public List<StreamConfiguration> streams() {
        return delivery.webhook() == null
                ? List.of(utterances(), transcripts(), deadLetters())
                : List.of(utterances(), transcripts(), deadLetters(), retries());
    }

    public List<PlacedConsumer> consumers() {
        PlacedConsumer queue = new PlacedConsumer(subjects.utterancesStream(), decoders());
        return delivery.webhook() == null
                ? List.of(queue)
                : List.of(
                        queue,
                        new PlacedConsumer(subjects.transcriptsStream(), webhook()),
                        new PlacedConsumer(subjects.retryStream(), dueRetries()));
    }

    /** Sealed utterances that wait for their final decode; gone when their transcript is stored. */
    public StreamConfiguration utterances() {
        return stream(subjects.utterancesStream(), subjects.utterances())
                .retentionPolicy(RetentionPolicy.WorkQueue)
                .discardPolicy(DiscardPolicy.New)
                .maxBytes(delivery.maxQueueBytes())
                .duplicateWindow(delivery.duplicateWindow().value())
                .build();
    }

    /**
     * The product. One message for each subject, and the utterance id is the last token: the server refuses a second transcript of
     * an utterance, inside and outside the duplicate window, also after a restart.
     */
    public StreamConfiguration transcripts() {
        return stream(subjects.transcriptsStream(), subjects.finals(), subjects.voids())
                .retentionPolicy(RetentionPolicy.Limits)
                .discardPolicy(DiscardPolicy.New)
                .maxMessagesPerSubject(1)
                .discardNewPerSubject(true)
                .maxAge(delivery.retention().value())
                .duplicateWindow(delivery.duplicateWindow().value())
                .allowDirect(true)
                .build();
    }

    public StreamConfiguration deadLetters() {
        return stream(subjects.deadLettersStream(), subjects.deadLetters())
                .retentionPolicy(RetentionPolicy.Limits)
                .discardPolicy(DiscardPolicy.Old)
                .maxAge(delivery.deadLetterRetention().value())
                .duplicateWindow(shorter(delivery.duplicateWindow(), delivery.deadLetterRetention()))
                .allowDirect(true)
                .build();
    }

    /**
     * Deliveries to the webhook that wait for their next attempt: scheduled messages, one for each utterance, which the server itself
     * publishes under another subject of the stream when their time has come. Gone when they are acked. Without limits of its own: a
     * stream with schedules may not refuse what is new, and dropping what is old would lose finals. The dispatcher bounds it, by taking
     * no more transcripts.
     */
    public StreamConfiguration retries() {
        return stream(subjects.retryStream(), subjects.retries(), subjects.dueRetries())
                .retentionPolicy(RetentionPolicy.WorkQueue)
                .duplicateWindow(delivery.duplicateWindow().value())
                .allowMessageSchedules(true)
                .allowRollup(true) // the server turns it on with the schedules: a later schedule replaces the earlier
                .build();
    }

    /** The webhook's cursor of the transcripts, from the oldest that is kept: a final from before it was made is not left out. */
    public ConsumerConfiguration webhook() {
        return webhookConsumer().build();
    }

    /** The webhook's cursor of the retries whose time has come. */
    public ConsumerConfiguration dueRetries() {
        return webhookConsumer().filterSubject(subjects.dueRetries()).build();
    }

    /** Attempts are counted by the dispatcher, not by deliveries: what an open circuit sends back is no attempt. */
    private ConsumerConfiguration.Builder webhookConsumer() {
        return ConsumerConfiguration.builder()
                .durable(subjects.webhook())
                .ackPolicy(AckPolicy.Explicit)
                .ackWait(WEBHOOK_ACK_WAIT)
                .maxDeliver(-1)
                .maxAckPending(MAX_WEBHOOK_PENDING);
    }

    /**
     * The cursor of the utterances, shared by the pool. The server gives them out without limit: a message that had used its deliveries up
     * would stay in the stream unseen. The workers count and set it aside (docs/decisions/0031-deliveries.md).
     */
    public ConsumerConfiguration decoders() {
        return ConsumerConfiguration.builder()
                .durable(subjects.decoders())
                .ackPolicy(AckPolicy.Explicit)
                .ackWait(delivery.ackWait().value())
                .maxDeliver(-1)
                .maxAckPending(MAX_ACK_PENDING)
                .build();
    }

    public KeyValueConfiguration bucket() {
        return KeyValueConfiguration.builder()
                .name(subjects.bucket())
                .storageType(StorageType.File)
                .maxHistoryPerKey(KV_HISTORY)
                .replicas(delivery.nats().replicas())
                .limitMarker(Duration.ofMinutes(1))
                .build();
    }

    /** The server refuses a duplicate window that is longer than messages are kept. */
    private static Duration shorter(KubeDuration one, KubeDuration other) {
        return one.value().compareTo(other.value()) <= 0 ? one.value() : other.value();
    }

    private StreamConfiguration.Builder stream(String name, String... subjectFilters) {
        return StreamConfiguration.builder()
                .name(name)
                .subjects(subjectFilters)
                .storageType(StorageType.File)
                .replicas(delivery.nats().replicas());
    }
}
