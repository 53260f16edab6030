package dev.june.stt.worker.lifecycle;

import dev.june.stt.config.Model;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.DecodeLoop;
import dev.june.stt.worker.delivery.ExpiringKeys;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.NatsLink;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.dispatch.WebhookDispatcher;
import dev.june.stt.worker.livekit.AgentConnection;
import dev.june.stt.worker.livekit.LiveKitAccess;
import dev.june.stt.worker.livekit.LiveKitAgentConnection;
import dev.june.stt.worker.livekit.LiveKitClient;
import dev.june.stt.worker.livekit.LiveKitLibrary;
import dev.june.stt.worker.livekit.LiveKitRooms;
import dev.june.stt.worker.room.RoomSupervisor;
import dev.june.stt.worker.room.SessionParts;
import dev.june.stt.worker.room.SessionSettings;
import dev.june.stt.worker.vad.SileroDetector;
import dev.june.stt.worker.vad.SpeechDetector;
import dev.june.stt.worker.variant.Treatment;
import dev.june.stt.worker.variant.VariantCount;
import dev.june.stt.worker.variant.VariantTally;
import io.micrometer.core.instrument.MeterRegistry;
import io.nats.client.KeyValue;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Puts the parts of a worker together. The order is that of need: configuration, NATS, the warm recognizer, delivery, rooms, and last the
 * registration with LiveKit, so that no room is offered before everything behind it works.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WorkerSettings.class)
class WorkerWiring {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    PipelineConfig firstConfig(WorkerSettings settings) {
        return ConfigDocument.read(settings.config(), System.getenv());
    }

    @Bean
    LiveConfig liveConfig(PipelineConfig first, LoadedRecognizer recognizer) {
        LiveConfig config = new LiveConfig(first, System.getenv(), (_, after) -> recognizer.change(after));
        recognizer.missing().ifPresent(config::startedWithout);
        return config;
    }

    @Bean
    Secrets secrets(WorkerSettings settings) {
        return new Secrets(settings.secrets(), System.getenv());
    }

    @Bean
    Subjects subjects(PipelineConfig first) {
        return new Subjects(first.namespace(), first.name());
    }

    @Bean(destroyMethod = "")
    NatsLink natsLink(PipelineConfig first, Secrets secrets, WorkerSettings settings, Subjects subjects)
            throws InterruptedException {
        NatsLink nats = NatsLink.open(
                first.spec().delivery().nats(), secrets.nats(), settings.worker(), subjects.inbox("worker"));
        if (settings.standalone()) {
            OwnStreams.ensure(nats, new PipelineStreams(subjects, first.spec().delivery()));
        }
        return nats;
    }

    @Bean(destroyMethod = "")
    LoadedRecognizer recognizer(PipelineConfig first, WorkerSettings settings, MeterRegistry metrics) {
        return new LoadedRecognizer(first, settings, metrics);
    }

    @Bean
    ConfigWatch configWatch(LiveConfig config, NatsLink nats, Bucket bucket, WorkerSettings settings) {
        return new ConfigWatch(config, nats, bucket, settings.config());
    }

    @Bean
    SpeechDetector.Factory detectors(WorkerSettings settings) {
        return SileroDetector.factory(settings.silero().model());
    }

    @Bean
    Speculations speculations() {
        return new Speculations();
    }

    @Bean
    Ledger ledger(MeterRegistry metrics, VariantCount variants) {
        return new Ledger(metrics, variants::closed);
    }

    @Bean
    Bucket bucket(NatsLink nats, Subjects subjects) {
        return new Bucket(nats, subjects);
    }

    @Bean
    ExpiringKeys expiringKeys(NatsLink nats, Subjects subjects) {
        return new ExpiringKeys(nats, subjects.bucket());
    }

    @Bean
    Numbering numbering(ExpiringKeys keys, PipelineConfig first, JsonMapper json) {
        return new Numbering(keys, first.spec().delivery().retention().value(), json);
    }

    @Bean
    TranscriptStore transcriptStore(NatsLink nats, Subjects subjects, JsonMapper json, Clock clock) {
        return new TranscriptStore(nats, subjects, json, clock);
    }

    @Bean(destroyMethod = "")
    Outbox outbox(
            NatsLink nats,
            Subjects subjects,
            Numbering numbering,
            JsonMapper json,
            WorkerSettings settings,
            LiveConfig config,
            MeterRegistry metrics) {
        return new Outbox(
                nats,
                subjects,
                numbering,
                json,
                settings.spool(),
                config.current().spec().delivery().spoolBytes(),
                metrics);
    }

    @Bean(destroyMethod = "")
    DecodeLoop decodeLoop(
            Outbox outbox,
            NatsLink nats,
            Subjects subjects,
            JsonMapper json,
            TranscriptStore transcripts,
            Speculations speculations,
            LoadedRecognizer recognizer,
            LiveConfig config,
            Ledger ledger,
            Clock clock,
            WorkerSettings settings,
            StoredTranscripts stored,
            MeterRegistry metrics) {
        DecodeLoop decodes = new DecodeLoop(new DecodeLoop.Parts(
                nats,
                subjects,
                json,
                transcripts,
                speculations,
                recognizer,
                variant -> decoding(config.current(), variant),
                ledger,
                clock,
                settings.worker(),
                metrics,
                stored));
        outbox.serve(decodes);
        return decodes;
    }

    @Bean
    RoomSupervisor roomSupervisor(
            LiveConfig config,
            WorkerSettings settings,
            SpeechDetector.Factory detectors,
            LoadedRecognizer recognizer,
            Numbering numbering,
            Outbox outbox,
            Speculations speculations,
            TranscriptStore transcripts,
            Ledger ledger,
            Clock clock,
            Secrets secrets,
            NatsLink nats,
            ExpiringKeys keys,
            Bucket bucket,
            MeterRegistry metrics) {
        SessionParts parts = new SessionParts(
                config.current().namespace(),
                config.current().name(),
                settings.worker(),
                detectors,
                recognizer,
                () -> SessionSettings.of(config.current(), Treatment.PIPELINE),
                numbering::last,
                outbox::accept,
                transcripts::send,
                speculations,
                ledger,
                clock);
        LiveKitLibrary library = LiveKitLibrary.load(settings.livekit().library());
        library.onPanic(() -> {
            TerminationLog.write(
                    settings.terminationMessage(),
                    "LiveKitLibraryFailed",
                    "the native LiveKit library lost its state; see the log");
            Runtime.getRuntime().halt(70); // its state is lost: other workers take the rooms
        });
        HttpClient http = http();
        Supplier<LiveKitAccess> access =
                () -> secrets.liveKit(config.current().spec().livekit().url());
        return new RoomSupervisor(
                parts,
                metrics,
                new LiveKitClient(library, http),
                new LiveKitRooms(http, access),
                keys,
                bucket,
                access,
                config::current,
                outbox::fill,
                () -> !nats.isConnected());
    }

    @Bean(destroyMethod = "")
    AgentConnection agentConnection(RoomSupervisor rooms, LiveConfig config, Secrets secrets) {
        AgentConnection agent = LiveKitAgentConnection.open(
                http(),
                () -> secrets.liveKit(config.current().spec().livekit().url()),
                config.current().spec().livekit().agentName(),
                "0.1.0",
                rooms);
        rooms.serve(agent);
        return agent;
    }

    @Bean(destroyMethod = "")
    WorkerReporter workerReporter(
            WorkerSettings settings,
            NatsLink nats,
            Bucket bucket,
            RoomSupervisor rooms,
            Recycler recycler,
            LiveConfig config,
            VariantTally tally,
            JsonMapper json) {
        return new WorkerReporter(settings.worker(), nats, bucket, rooms, recycler, config, tally, json);
    }

    @Bean
    Drain drain(
            RoomSupervisor rooms,
            AgentConnection agent,
            Outbox outbox,
            DecodeLoop decodes,
            WebhookDispatcher webhook,
            WorkerReporter reporter,
            LoadedRecognizer recognizer,
            NatsLink nats,
            WorkerSettings settings,
            MeterRegistry metrics) {
        return new Drain(rooms, agent, outbox, decodes, webhook, reporter, recognizer, nats, settings, metrics);
    }

    @Bean
    HealthIndicator natsHealthIndicator(NatsLink nats) {
        return () -> nats.isConnected() ? Health.up().build() : Health.down().build();
    }

    /** The recognizer is warm when it is there: this bean needs it, so the answer is never a guess. */
    @Bean
    HealthIndicator recognizerHealthIndicator(LoadedRecognizer recognizer) {
        return () -> recognizer.isStuck()
                ? Health.down().withDetail("reason", "a decode hangs").build()
                : Health.up().build();
    }

    private static DecodeLoop.Decoding decoding(PipelineConfig config, String variant) {
        Model model = Treatment.of(config, variant).model();
        return new DecodeLoop.Decoding(
                model.allowedLanguages(),
                model.hotWords(),
                config.spec().delivery().maxDeliver(),
                config.spec().delivery().ackWait().value());
    }

    private static HttpClient http() {
        return HttpClient.newBuilder().connectTimeout(CONNECT).build();
    }

    /** The pipeline's KV bucket, opened at the first use. */
    static final class Bucket implements Supplier<KeyValue> {
        private final NatsLink nats;
        private final Subjects subjects;
        private volatile @org.jspecify.annotations.Nullable KeyValue opened;

        Bucket(NatsLink nats, Subjects subjects) {
            this.nats = nats;
            this.subjects = subjects;
        }

        @Override
        public KeyValue get() {
            KeyValue bucket = opened;
            if (bucket == null) {
                bucket = nats.bucket(subjects.bucket());
                opened = bucket;
            }
            return bucket;
        }
    }
}
