package dev.june.stt.worker.lifecycle;

import dev.june.stt.streams.PipelineStreams;
import dev.june.stt.transcript.Subjects;
import dev.june.stt.worker.delivery.NatsLink;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the streams of a pipeline where no operator does: for a worker that is run by hand. */
final class OwnStreams {
    private static final Logger log = LoggerFactory.getLogger(OwnStreams.class);
    private static final int NOT_FOUND = 404;
    private static final Duration RETRY = Duration.ofSeconds(1);

    private OwnStreams() {}

    /** Waits until NATS is there and the streams are as they should be. */
    static void ensure(NatsLink nats, PipelineStreams streams) throws InterruptedException {
        while (true) {
            try {
                JetStreamManagement management = nats.management();
                for (StreamConfiguration stream : streams.streams()) {
                    if (exists(management, stream.getName())) {
                        management.updateStream(stream);
                    } else {
                        management.addStream(stream);
                    }
                }
                for (PipelineStreams.PlacedConsumer consumer : streams.consumers()) {
                    management.addOrUpdateConsumer(consumer.stream(), consumer.configuration());
                }
                if (streams.delivery().webhook() == null) {
                    removeWebhook(management, streams.subjects());
                }
                if (!exists(management, "KV_" + streams.subjects().bucket())) {
                    nats.connection().keyValueManagement().create(streams.bucket());
                }
                return;
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                log.warn("the streams cannot be made yet, trying again in {} ({})", RETRY, e.toString());
                Thread.sleep(RETRY);
            }
        }
    }

    /** What an earlier configuration had for it; transcripts that wait for another attempt are in TRANSCRIPTS too. */
    private static void removeWebhook(JetStreamManagement management, Subjects subjects)
            throws IOException, JetStreamApiException {
        if (exists(management, subjects.retryStream())) {
            management.deleteStream(subjects.retryStream());
        }
        if (management.getConsumerNames(subjects.transcriptsStream()).contains(subjects.webhook())) {
            management.deleteConsumer(subjects.transcriptsStream(), subjects.webhook());
        }
    }

    private static boolean exists(JetStreamManagement management, String stream)
            throws IOException, JetStreamApiException {
        try {
            management.getStreamInfo(stream);
            return true;
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }
}
