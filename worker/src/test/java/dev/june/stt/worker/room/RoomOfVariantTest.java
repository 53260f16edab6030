package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.worker.lifecycle.ConfigDocument;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RoomOfVariantTest {
    private final AtomicReference<PipelineConfig> config = new AtomicReference<>(config("slow"));
    private final Listened listened = new Listened(parts -> parts.inVariant("slow", config::get));

    @Test
    void whatIsHeardInARoomOfAVariantCarriesItsName() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 3_000);
        Listened.await(() -> !listened.partials.isEmpty());
        listened.silence("TR_a", 2_000);

        assertThat(listened.awaitSealed(1).getFirst().header().variant()).isEqualTo("slow");
        assertThat(listened.partials)
                .allSatisfy(partial -> assertThat(partial.variant()).isEqualTo("slow"));
    }

    @Test
    void anUtteranceKeepsTheVariantThatItBeganWithAndTheNextIsThePipelines() throws Exception {
        listened.join("TR_a", "ann");
        listened.speech("TR_a", 1_000);
        Listened.await(() -> listened.opened("slow") == 1);
        config.set(config("other"));
        listened.silence("TR_a", 2_000);
        listened.speech("TR_a", 1_000);
        listened.silence("TR_a", 2_000);

        assertThat(listened.awaitSealed(2))
                .extracting(each -> each.header().variant())
                .containsExactly("slow", "");
    }

    private static PipelineConfig config(String variant) {
        return ConfigDocument.parse("""
                generation: 1
                namespace: team-a
                name: meetings
                spec:
                  model: {name: base, language: en}
                  livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                  delivery: {nats: {url: "nats://nats:4222"}}
                  variants: [{name: %s, weight: 10, segmentation: {endSilence: 900ms}}]
                """.formatted(variant), Map.of());
    }
}
