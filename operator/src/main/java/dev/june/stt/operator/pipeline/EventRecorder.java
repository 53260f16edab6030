package dev.june.stt.operator.pipeline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on the pipeline, as Kubernetes Events, what changed. The same event is not written again for some minutes. An event that
 * cannot be written is a line in the log and nothing else. Any thread.
 */
final class EventRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
    private static final Duration SILENCE = Duration.ofMinutes(5);
    private static final int REMEMBERED = 2_048;
    private static final int MAX_NOTE = 1_000;
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final Clock clock;
    private final String instance;

    @GuardedBy("this")
    private final Map<String, Instant> written = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > REMEMBERED;
        }
    };

    EventRecorder(KubernetesClient client, Clock clock, String instance) {
        this.client = client;
        this.clock = clock;
        this.instance = instance;
    }

    enum Type {
        NORMAL("Normal"),
        WARNING("Warning");

        private final String text;

        Type(String text) {
            this.text = text;
        }
    }

    void record(SttPipeline pipeline, Type type, String reason, String note) {
        Instant now = clock.instant();
        if (!isNew(pipeline.getMetadata().getUid() + " " + reason + " " + note, now)) {
            return;
        }
        Event event = new EventBuilder()
                .withNewMetadata()
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withGenerateName(pipeline.getMetadata().getName() + "-")
                .endMetadata()
                .withEventTime(new MicroTime(MICROS.format(now)))
                .withType(type.text)
                .withReason(reason)
                .withAction("Reconcile")
                .withNote(note.length() <= MAX_NOTE ? note : note.substring(0, MAX_NOTE - 1) + "…")
                .withReportingController(Names.MANAGER)
                .withReportingInstance(instance)
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(pipeline.getApiVersion())
                        .withKind(pipeline.getKind())
                        .withNamespace(pipeline.getMetadata().getNamespace())
                        .withName(pipeline.getMetadata().getName())
                        .withUid(pipeline.getMetadata().getUid())
                        .build())
                .build();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.atWarn()
                    .addKeyValue("reason", reason)
                    .addKeyValue("why", e.getMessage())
                    .log("An event could not be written");
        }
    }

    private synchronized boolean isNew(String key, Instant now) {
        Instant before = written.get(key);
        if (before != null && Duration.between(before, now).compareTo(SILENCE) < 0) {
            return false;
        }
        written.remove(key);
        written.put(key, now);
        return true;
    }
}
