package dev.june.stt.worker.deadletters;

import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.StoredUtterance;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the payload of a dead letter is about, without what was said: no text, no audio.
 *
 * @param room in LiveKit's spelling, as are identity and track
 * @param sequence number within the participant
 * @param audioSeconds absent if it carries no audio
 */
record About(
        String room,
        String participant,
        String track,
        long sequence,
        String speechStartedAt,
        String speechEndedAt,
        String language,
        String variant,
        long configGeneration,
        @Nullable Double audioSeconds) {
    private static final double RATE = 16_000;

    /** Empty if the payload is not readable, as in the stage {@code append}. */
    static Optional<About> of(DeadLetterStream.Whole whole, JsonMapper json) {
        return whole.letter().stage().equals("webhook")
                ? ofTranscript(whole.payload(), json)
                : StoredUtterance.read(whole.payload(), json).map(About::ofUtterance);
    }

    private static About ofUtterance(StoredUtterance utterance) {
        SealedUtterance.Header about = utterance.about();
        return new About(
                about.origin().room(),
                about.origin().participant().identity(),
                about.origin().track(),
                utterance.sequence(),
                about.speech().startedAt(),
                about.speech().endedAt(),
                about.language().code(),
                about.variant(),
                about.configGeneration(),
                utterance.samples().length / RATE);
    }

    private static Optional<About> ofTranscript(byte[] payload, JsonMapper json) {
        try {
            JsonNode data = json.readTree(payload).path("data");
            return Optional.of(new About(
                    data.at("/origin/room").asString(""),
                    data.at("/origin/participant/identity").asString(""),
                    data.at("/origin/track").asString(""),
                    data.path("sequence").asLong(0),
                    data.at("/speech/startedAt").asString(""),
                    data.at("/speech/endedAt").asString(""),
                    data.at("/language/code").asString(""),
                    data.path("variant").asString(""),
                    data.path("configGeneration").asLong(0),
                    null));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
