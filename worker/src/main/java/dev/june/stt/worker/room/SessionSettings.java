package dev.june.stt.worker.room;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.utterance.EndpointRules;
import java.time.Duration;
import java.util.List;

/** What of the configuration matters to a track. Taken anew between utterances, as a whole. */
public record SessionSettings(
        long generation,
        EndpointRules rules,
        Duration finalCooldown,
        LanguagePolicy language,
        List<String> hotWords,
        String variant) {

    public static SessionSettings of(PipelineConfig config) {
        return new SessionSettings(
                config.generation(),
                EndpointRules.of(config.spec().segmentation()),
                config.spec().segmentation().finalCooldown().value(),
                new LanguagePolicy(
                        config.spec().model().language(), config.spec().model().allowedLanguages()),
                config.spec().model().hotWords(),
                "");
    }
}
