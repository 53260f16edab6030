package dev.june.stt.operator.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Share;
import dev.june.stt.operator.rollout.Candidate;
import dev.june.stt.operator.variants.Rollout;
import dev.june.stt.resource.SttPipeline;
import java.util.List;

/** Renders the configuration document of a pipeline: the same bytes for the same spec and what its status says of variants. */
final class ConfigDocument {
    private static final ObjectMapper JSON =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    private ConfigDocument() {}

    static String render(SttPipeline pipeline) {
        List<Share> shares = Rollout.shares(pipeline);
        return json(new PipelineConfig(
                pipeline.getMetadata().getGeneration(),
                pipeline.getMetadata().getNamespace(),
                pipeline.getMetadata().getName(),
                pipeline.getSpec().forWorkers(),
                shares.isEmpty() ? null : shares));
    }

    /** A generation in which nothing changed for the workers is no other candidate. */
    static Candidate candidate(SttPipeline pipeline) {
        return new Candidate(
                Hash.of(json(pipeline.getSpec().forWorkers())) + Names.attempt(pipeline), render(pipeline));
    }

    /** Of a document that was rendered here. */
    static long generation(String document) {
        try {
            return JSON.readTree(document).path("generation").asLong();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a rendered document is JSON", e);
        }
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a PipelineConfig can always be written as JSON", e);
        }
    }
}
