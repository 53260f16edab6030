package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.config.KubeDuration;
import dev.june.stt.config.Model;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.worker.lifecycle.ConfigDocument.InvalidConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigDocumentTest {
    private static final String PIPELINE = """
            apiVersion: stt.june.dev/v1alpha1
            kind: SttPipeline
            metadata: {name: meetings, namespace: team-a}
            spec:
              livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
              delivery: {nats: {url: "nats://nats:4222"}}
              workers: {replicas: {min: 2}}
            """;

    @Test
    void whatIsNotSaidHasTheDefaultOfTheSchema() {
        PipelineConfig config = parse(PIPELINE);

        assertThat(config.namespace()).isEqualTo("team-a");
        assertThat(config.name()).isEqualTo("meetings");
        assertThat(config.spec().model().name()).isEqualTo("base");
        assertThat(config.spec().model().source()).isEqualTo(Model.Source.BUILTIN);
        assertThat(config.spec().segmentation().endSilence()).isEqualTo(new KubeDuration("600ms"));
        assertThat(config.spec().livekit().rooms().include()).containsExactly("*");
        assertThat(config.spec().livekit().agentName()).isEmpty();
        assertThat(config.spec().delivery().webhook()).isNull();
        assertThat(config.spec().variants()).isEmpty();
    }

    @Test
    void aFieldThatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> parse(PIPELINE + "  segmentation: {endSilense: 600ms}\n"))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining("spec.segmentation.endSilense");
    }

    @Test
    void aValueOutOfBoundsIsNamedWithItsBounds() {
        assertThatThrownBy(() -> parse(PIPELINE + "  segmentation: {endSilence: 10ms}\n"))
                .isInstanceOf(InvalidConfig.class)
                .hasMessage("spec.segmentation.endSilence: expected a value from 200ms to 5s, got 10ms");
    }

    @Test
    void somethingThatIsNoDurationIsShown() {
        assertThatThrownBy(() -> parse(PIPELINE + "  segmentation: {endSilence: soon}\n"))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining("spec.segmentation.endSilence")
                .hasMessageContaining("soon");
    }

    @Test
    void anEnglishModelNeedsTheLanguageToBeEnglish() {
        assertThatThrownBy(() -> parse(PIPELINE + "  model: {name: tiny.en}\n"))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining("model.language: expected en");
        assertThat(parse(PIPELINE + "  model: {name: tiny.en, language: en}\n")
                        .spec()
                        .model()
                        .name())
                .isEqualTo("tiny.en");
    }

    @Test
    void theEnvironmentOverridesSingleFields() {
        PipelineConfig config = ConfigDocument.parse(
                PIPELINE,
                Map.of(
                        "JUNE_SEGMENTATION_END_SILENCE",
                        "900ms",
                        "JUNE_DELIVERY_NATS_URL",
                        "nats://elsewhere:4222",
                        "JUNE_LIVEKIT_LIBRARY",
                        "/somewhere/library.so",
                        "JUNE_LIMITS_MAX_ROOMS_PER_WORKER",
                        "7"));

        assertThat(config.spec().segmentation().endSilence()).isEqualTo(new KubeDuration("900ms"));
        assertThat(config.spec().segmentation().minSpeech()).isEqualTo(new KubeDuration("250ms"));
        assertThat(config.spec().delivery().nats().url()).isEqualTo("nats://elsewhere:4222");
        assertThat(config.spec().limits().maxRoomsPerWorker()).isEqualTo(7);
    }

    @Test
    void anOverrideIsJudgedAsTheFileIs() {
        assertThatThrownBy(() -> ConfigDocument.parse(PIPELINE, Map.of("JUNE_SEGMENTATION_END_SILENCE", "1h")))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining("spec.segmentation.endSilence");
    }

    @Test
    void anotherKindOfDocumentIsRefused() {
        assertThatThrownBy(() -> parse("kind: Deployment\nspec: {}\n"))
                .isInstanceOf(InvalidConfig.class)
                .hasMessage("kind: expected SttPipeline, got Deployment");
    }

    private static PipelineConfig parse(String text) {
        return ConfigDocument.parse(text, Map.of());
    }
}
