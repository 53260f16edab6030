package dev.june.stt.operator.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.june.stt.config.VariantTallies;
import dev.june.stt.config.WebhookGone;
import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.probe.Poller;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Subjects;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the streams, consumer and bucket of every pipeline as they should be, publishes its configuration document to the running
 * workers, and reads their reports. A reconcile says what is wanted with {@link #keep} and is answered at once with what was seen
 * last; the work is done in the background, and the reconciler is woken when something changed.
 *
 * <p>Every call to NATS ends within {@link #CALL}. All of it can be repeated: a look compares first and changes what differs.
 */
public final class StreamKeeper implements AutoCloseable {
    private static final Duration CALL = Duration.ofSeconds(4);
    private static final Duration WHEN_SETTLED = Duration.ofSeconds(15);
    private static final Duration WHEN_NOT = Duration.ofSeconds(2);
    private static final Duration IMPATIENT = Duration.ofMinutes(2);

    /** Of an utterance in its stream: 16-bit samples at 16 kHz, of which lossless compression leaves about 60 %. */
    private static final double BYTES_PER_SECOND = 16_000 * 2 * 0.6;

    private static final int STREAM_NOT_FOUND = 10_059;
    private static final int CONSUMER_NOT_FOUND = 10_014;
    private static final Logger LOG = LoggerFactory.getLogger(StreamKeeper.class);
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final NatsConnections connections = new NatsConnections();
    private final Map<ResourceID, Wanted> wanted = new ConcurrentHashMap<>();
    private final Map<ResourceID, StreamsState> seen = new ConcurrentHashMap<>();
    private final Duration whenSettled;
    private final Poller<ResourceID, StreamsState> poller;

    /** @param changed called on a background thread when what is known of a pipeline's streams has changed */
    public StreamKeeper(Consumer<ResourceID> changed) {
        this(changed, WHEN_SETTLED);
    }

    /** @param whenSettled between two looks at streams that are as they should be */
    StreamKeeper(Consumer<ResourceID> changed, Duration whenSettled) {
        this.whenSettled = whenSettled;
        this.poller = new Poller<>(
                "streams",
                this::look,
                state -> state.trouble().filter(Trouble::mayPass).isPresent(),
                this::again,
                changed);
    }

    /** From now on this is wanted. Answers what was seen last, if it was seen at the server that is wanted now. */
    public Optional<StreamsState> keep(ResourceID pipeline, StreamsRequest request) {
        @Nullable Wanted before = wanted.get(pipeline);
        boolean changed = before == null || !before.request.equals(request);
        if (changed) {
            wanted.put(pipeline, new Wanted(request, System.nanoTime()));
        }
        Optional<StreamsState> known = Optional.ofNullable(
                        poller.watch(pipeline, Set.of(pipeline)).get(pipeline))
                .filter(state -> state.access().equals(request.access()));
        if (before != null && changed) {
            if (!before.request.access().equals(request.access())) {
                closeUnused();
            }
            poller.lookNow(pipeline);
        }
        return known;
    }

    /** The pipeline is gone, or nothing is known of its NATS server any more. */
    public void forget(ResourceID pipeline) {
        poller.forget(pipeline);
        wanted.remove(pipeline);
        seen.remove(pipeline);
        closeUnused();
    }

    @Override
    public void close() {
        poller.close();
        connections.close();
    }

    private void closeUnused() {
        connections.retain(
                wanted.values().stream().map(each -> each.request.access()).collect(Collectors.toSet()));
    }

    private Optional<StreamsState> look(ResourceID pipeline) {
        Wanted wanted =
                requireNonNull(this.wanted.get(pipeline), () -> pipeline + " is watched, yet nothing is wanted");
        StreamsState state = look(wanted.request, Optional.ofNullable(seen.get(pipeline)));
        seen.put(pipeline, state);
        return Optional.of(state);
    }

    private StreamsState look(StreamsRequest request, Optional<StreamsState> before) {
        NatsAccess access = request.access();
        try {
            return connections.with(
                    access,
                    connection -> request.removal().isPresent()
                            ? remove(connection, request, request.removal().get())
                            : ensure(connection, request));
        } catch (ImpossibleChange e) {
            return StreamsState.troubled(
                    access,
                    new Trouble(
                            "StreamDiffers",
                            e.getMessage()
                                    + ". The server cannot change that in place: back up and delete the stream, and"
                                    + " it is made anew."),
                    before);
        } catch (IOException | JetStreamApiException e) {
            return StreamsState.troubled(access, Trouble.of(access, e), before);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return StreamsState.troubled(access, new Trouble(Trouble.UNREACHABLE, "The operator is stopping."), before);
        }
    }

    /** Soon while something is still to come: NATS back, or, for a while after a change, the workers' reports of it. */
    private Duration again(ResourceID pipeline, StreamsState state) {
        if (state.trouble().isPresent()) {
            return WHEN_NOT;
        }
        return Optional.ofNullable(wanted.get(pipeline))
                .filter(wanted -> !wanted.isSettled(state) && wanted.age().compareTo(IMPATIENT) < 0)
                .map(_ -> WHEN_NOT)
                .orElse(whenSettled);
    }

    private StreamsState ensure(Connection connection, StreamsRequest request)
            throws IOException, JetStreamApiException, InterruptedException {
        JetStreamManagement management = connection.jetStreamManagement(options());
        PipelineStreams shape = request.shape();
        Map<String, StreamInfo> streams = new HashMap<>();
        for (StreamConfiguration stream : shape.streams()) {
            streams.put(stream.getName(), ensureStream(management, stream));
        }
        ensureStream(management, shape.bucket().getBackingConfig());
        Map<String, ConsumerInfo> consumers = new HashMap<>();
        for (PipelineStreams.PlacedConsumer consumer : shape.consumers()) {
            consumers.put(consumer.stream(), ensureConsumer(management, consumer.stream(), consumer.configuration()));
        }
        if (shape.delivery().webhook() == null) {
            removeWebhook(management, shape.subjects());
        }

        KeyValue bucket = connection.keyValue(
                request.shape().subjects().bucket(),
                KeyValueOptions.builder().jetStreamOptions(options()).build());
        if (request.configuration().isPresent()) {
            publish(bucket, request.configuration().get());
        }
        return StreamsState.kept(
                request.access(),
                waiting(requireNonNull(consumers.get(shape.subjects().utterancesStream()))),
                requireNonNull(streams.get(shape.subjects().utterancesStream()))
                                .getStreamState()
                                .getByteCount()
                        / BYTES_PER_SECOND,
                requireNonNull(streams.get(shape.subjects().deadLettersStream()))
                        .getStreamState()
                        .getMsgCount(),
                reports(bucket, request.workers()),
                tallies(bucket),
                webhookGone(bucket));
    }

    private static long waiting(ConsumerInfo consumer) {
        return consumer.getNumPending() + consumer.getNumAckPending();
    }

    /** Of a webhook that the spec no longer has. What waits for another attempt is in the transcripts too. */
    private static void removeWebhook(JetStreamManagement management, Subjects subjects)
            throws IOException, JetStreamApiException {
        if (find(management, subjects.transcriptsStream(), subjects.webhook()).isPresent()) {
            management.deleteConsumer(subjects.transcriptsStream(), subjects.webhook());
            LOG.atInfo().addKeyValue("stream", subjects.transcriptsStream()).log("Consumer of the webhook deleted");
        }
        if (find(management, subjects.retryStream()).isPresent()) {
            management.deleteStream(subjects.retryStream());
            LOG.atInfo().addKeyValue("stream", subjects.retryStream()).log("Stream of the webhook deleted");
        }
    }

    private static StreamInfo ensureStream(JetStreamManagement management, StreamConfiguration desired)
            throws IOException, JetStreamApiException {
        Optional<StreamInfo> actual = find(management, desired.getName());
        if (actual.isEmpty()) {
            LOG.atInfo().addKeyValue("stream", desired.getName()).log("Stream created");
            return management.addStream(desired);
        }
        return switch (StreamChange.between(actual.get().getConfiguration(), desired)) {
            case StreamChange.None<StreamConfiguration> _ -> actual.get();
            case StreamChange.Update<StreamConfiguration>(var configuration) -> {
                LOG.atInfo().addKeyValue("stream", desired.getName()).log("Stream updated");
                yield management.updateStream(configuration);
            }
            case StreamChange.Impossible<StreamConfiguration>(var why) -> throw new ImpossibleChange(why);
        };
    }

    private static ConsumerInfo ensureConsumer(
            JetStreamManagement management, String stream, ConsumerConfiguration desired)
            throws IOException, JetStreamApiException {
        Optional<ConsumerInfo> actual = find(management, stream, desired.getDurable());
        if (actual.isEmpty()) {
            LOG.atInfo().addKeyValue("stream", stream).log("Consumer created");
            return management.addOrUpdateConsumer(stream, desired);
        }
        return switch (StreamChange.between(actual.get(), desired)) {
            case StreamChange.None<ConsumerConfiguration> _ -> actual.get();
            case StreamChange.Update<ConsumerConfiguration>(var configuration) -> {
                LOG.atInfo().addKeyValue("stream", stream).log("Consumer updated");
                yield management.addOrUpdateConsumer(stream, configuration);
            }
            case StreamChange.Impossible<ConsumerConfiguration>(var why) -> throw new ImpossibleChange(why);
        };
    }

    /** Writes only over what was just read: of two writers one has to look again. */
    private static void publish(KeyValue bucket, String document) throws IOException, JetStreamApiException {
        @Nullable KeyValueEntry entry = bucket.get(Keys.CONFIG);
        if (entry == null) {
            bucket.create(Keys.CONFIG, document.getBytes(UTF_8));
        } else if (!document.equals(entry.getValueAsString())) {
            bucket.update(Keys.CONFIG, document.getBytes(UTF_8), entry.getRevision());
        }
    }

    private static List<WorkerReport> reports(KeyValue bucket, Set<String> workers)
            throws IOException, JetStreamApiException {
        List<WorkerReport> reports = new ArrayList<>();
        for (String worker : workers.stream().sorted().toList()) {
            @Nullable KeyValueEntry entry = bucket.get(Keys.worker(worker));
            if (entry != null) {
                parse(worker, entry.getValueAsString()).ifPresent(reports::add);
            }
        }
        return reports;
    }

    private static Optional<WebhookGone> webhookGone(KeyValue bucket) throws IOException, JetStreamApiException {
        @Nullable KeyValueEntry entry = bucket.get(Keys.WEBHOOK_GONE);
        try {
            return entry == null
                    ? Optional.empty()
                    : Optional.of(JSON.readValue(entry.getValueAsString(), WebhookGone.class));
        } catch (JsonProcessingException e) {
            LOG.atWarn()
                    .addKeyValue("problem", e.getOriginalMessage())
                    .log("What a worker says of the webhook is ignored");
            return Optional.empty();
        }
    }

    private static VariantTallies tallies(KeyValue bucket) throws IOException, JetStreamApiException {
        @Nullable KeyValueEntry entry = bucket.get(Keys.VARIANTS);
        try {
            return entry == null ? VariantTallies.NONE : JSON.readValue(entry.getValueAsString(), VariantTallies.class);
        } catch (JsonProcessingException e) {
            LOG.atWarn()
                    .addKeyValue("problem", e.getOriginalMessage())
                    .log("What workers counted of variants is ignored");
            return VariantTallies.NONE;
        }
    }

    private static Optional<WorkerReport> parse(String worker, String report) {
        try {
            return Optional.of(JSON.readValue(report, WorkerReport.class));
        } catch (JsonProcessingException e) {
            LOG.atWarn()
                    .addKeyValue("worker", worker)
                    .addKeyValue("problem", e.getOriginalMessage())
                    .log("A worker's report cannot be read and is ignored");
            return Optional.empty();
        }
    }

    private static StreamsState remove(Connection connection, StreamsRequest request, StreamsRequest.Removal removal)
            throws IOException, JetStreamApiException {
        JetStreamManagement management = connection.jetStreamManagement(options());
        String queue = request.shape().subjects().utterancesStream();
        if (find(management, queue, request.shape().decoders().getDurable()).isPresent()) {
            management.deleteConsumer(queue, request.shape().decoders().getDurable());
        }
        removeWebhook(management, request.shape().subjects());
        Set<String> doomed = new HashSet<>();
        doomed.add(request.shape().bucket().getBackingConfig().getName());
        if (removal == StreamsRequest.Removal.DELETE_STREAMS) {
            request.shape().streams().forEach(stream -> doomed.add(stream.getName()));
        }
        for (String name : doomed) {
            if (find(management, name).isPresent()) {
                management.deleteStream(name);
                LOG.atInfo().addKeyValue("stream", name).log("Stream deleted with its pipeline");
            }
        }
        return StreamsState.gone(request.access());
    }

    private static Optional<StreamInfo> find(JetStreamManagement management, String stream)
            throws IOException, JetStreamApiException {
        try {
            return Optional.of(management.getStreamInfo(stream));
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() == STREAM_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Optional<ConsumerInfo> find(JetStreamManagement management, String stream, String consumer)
            throws IOException, JetStreamApiException {
        try {
            return Optional.of(management.getConsumerInfo(stream, consumer));
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() == STREAM_NOT_FOUND || e.getApiErrorCode() == CONSUMER_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static JetStreamOptions options() {
        return JetStreamOptions.builder().requestTimeout(CALL).build();
    }

    /** A request and since when it stands. */
    private record Wanted(StreamsRequest request, long sinceNanos) {
        Duration age() {
            return Duration.ofNanos(System.nanoTime() - sinceNanos);
        }

        boolean isSettled(StreamsState state) {
            return state.reports().size() == request.workers().size()
                    && state.reports().stream().allMatch(report -> report.generation() >= request.generation());
        }
    }

    private static final class ImpossibleChange extends RuntimeException {
        ImpossibleChange(String message) {
            super(message);
        }
    }
}
