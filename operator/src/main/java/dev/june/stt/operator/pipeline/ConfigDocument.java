package dev.june.stt.operator.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.resource.SttPipeline;

/** Renders the configuration document of a pipeline: the same bytes for the same spec. */
final class ConfigDocument {
    private static final ObjectMapper JSON =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    private ConfigDocument() {}

    static String render(SttPipeline pipeline) {
        try {
            return JSON.writeValueAsString(new PipelineConfig(
                    pipeline.getMetadata().getGeneration(),
                    pipeline.getMetadata().getNamespace(),
                    pipeline.getMetadata().getName(),
                    pipeline.getSpec().forWorkers()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a PipelineConfig can always be written as JSON", e);
        }
    }
}
