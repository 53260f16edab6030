package dev.june.stt.worker.room;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.worker.utterance.EndpointRules;
import java.time.Duration;
import java.util.List;

/** What of the configuration matters to a track. Taken anew between utterances, as a whole. */
public record SessionSettings(
        long generation,
        EndpointRules rules,
        Duration finalCooldown,
        String language,
        List<String> allowedLanguages,
        List<String> hotWords,
        String variant) {

    public static SessionSettings of(PipelineConfig config) {
        return new SessionSettings(
                config.generation(),
                EndpointRules.of(config.spec().segmentation()),
                config.spec().segmentation().finalCooldown().value(),
                config.spec().model().language(),
                config.spec().model().allowedLanguages(),
                config.spec().model().hotWords(),
                "");
    }
}
