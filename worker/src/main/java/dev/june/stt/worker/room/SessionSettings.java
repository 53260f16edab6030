package dev.june.stt.worker.room;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.utterance.EndpointRules;
import dev.june.stt.worker.variant.Treatment;
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

    public static SessionSettings of(PipelineConfig config, String variant) {
        Treatment treatment = Treatment.of(config, variant);
        return new SessionSettings(
                config.generation(),
                EndpointRules.of(treatment.segmentation()),
                treatment.segmentation().finalCooldown().value(),
                new LanguagePolicy(
                        treatment.model().language(), treatment.model().allowedLanguages()),
                treatment.model().hotWords(),
                treatment.variant());
    }
}
