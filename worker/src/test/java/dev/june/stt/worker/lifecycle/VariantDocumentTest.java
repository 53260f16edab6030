package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.config.Model;
import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.Share;
import dev.june.stt.worker.lifecycle.ConfigDocument.InvalidConfig;
import dev.june.stt.worker.recognition.whisper.ModelException;
import dev.june.stt.worker.room.SessionSettings;
import dev.june.stt.worker.variant.Treatment;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VariantDocumentTest {
    @Test
    void aVariantIsThePipelineButForWhatItSays() {
        PipelineConfig config = parse("{name: slow, weight: 10, segmentation: {endSilence: 900ms}}");
        Treatment slow = Treatment.of(config, "slow");

        assertThat(slow.variant()).isEqualTo("slow");
        assertThat(slow.model()).isEqualTo(config.spec().model());
        assertThat(slow.segmentation().endSilence().toMillis()).isEqualTo(900);
        assertThat(slow.segmentation().minSpeech().toMillis())
                .as("the pipeline's")
                .isEqualTo(300);
        assertThat(SessionSettings.of(config, "slow").variant()).isEqualTo("slow");
        assertThat(SessionSettings.of(config, "slow").rules())
                .isNotEqualTo(SessionSettings.of(config, "").rules());
    }

    @Test
    void theExampleIsValid() {
        PipelineConfig example = ConfigDocument.read(Path.of("../e2e/examples/variants.yaml"), Map.of());
        assertThat(Treatment.of(example, "tiny").model().name()).isEqualTo("tiny.en");
        assertThat(Treatment.shares(example)).extracting(Share::weight).containsExactly(10, 20);
    }

    @Test
    void aVariantThatIsGoneIsThePipelineAndSaysSo() {
        PipelineConfig config = parse("{name: slow, weight: 10}");
        assertThat(SessionSettings.of(config, "gone")).isEqualTo(SessionSettings.of(config, ""));
    }

    @Test
    void anotherModelSaysWhereItComesFromAndKeepsHowItDecodes() {
        PipelineConfig config = parse("{name: tiny, weight: 10, model: {name: tiny.en}}");
        Model tiny = Treatment.of(config, "tiny").model();

        assertThat(tiny.name()).isEqualTo("tiny.en");
        assertThat(tiny.source()).isEqualTo(Model.Source.BUILTIN);
        assertThat(tiny.sha256()).as("that of the pipeline's file").isNull();
        assertThat(tiny.language()).isEqualTo("en");
        assertThat(tiny.hotWords()).containsExactly("June");
    }

    @Test
    void whatDoesNotGoTogetherIsNamed() {
        assertRefused(
                "{name: a, weight: 10, model: {name: tiny.en, language: auto}}", "spec.variants[0].model.language");
        assertRefused("{name: a, weight: 10, model: {path: /x}}", "spec.variants[0].model.name");
        assertRefused(
                "{name: a, weight: 10, model: {name: big, source: https, url: \"https://x/y\"}}",
                "spec.variants[0].model.url");
        assertRefused(
                "{name: a, weight: 10, segmentation: {vadExitThreshold: 0.9}}",
                "spec.variants[0].segmentation.vadExitThreshold");
        assertRefused("{name: a, weight: 60}, {name: b, weight: 60}", "spec.variants");
        assertRefused("{name: a, weight: 1}, {name: a, weight: 1}", "spec.variants[1].name");
        assertRefused("{name: a, weight: 101}", "spec.variants.weight");
        assertRefused(
                "{name: a, weight: 1, segmentation: {endSilence: 10ms}}", "spec.variants.segmentation.endSilence");
    }

    @Test
    void aVariantsModelThatCannotBeLoadedRefusesTheDocumentByItsField() {
        LiveConfig live = new LiveConfig(parse(""), Map.of(), (_, after) -> {
            if (!after.spec().variants().isEmpty()) {
                throw new InvalidConfig(
                        "spec.variants[0].model", "no such file", new ModelException.ModelNotFound("no such file"));
            }
        });
        live.offer(document(2, "{name: a, weight: 10, model: {name: other}}"));

        assertThat(live.current().generation()).isEqualTo(1);
        assertThat(live.refusal())
                .hasValueSatisfying(refusal -> assertThat(refusal.field()).isEqualTo("spec.variants[0].model"));
    }

    @Test
    void aWorkerThatStartedWithoutAVariantSaysSoUntilTheDocumentChanges() {
        String first = document(1, "{name: a, weight: 10}");
        LiveConfig live = new LiveConfig(ConfigDocument.parse(first, Map.of()), Map.of(), (_, _) -> {});
        live.startedWithout(new InvalidConfig("spec.variants[0].model", "no such file", null));

        live.offer(first);
        assertThat(live.refusal()).isPresent();
        live.offer(document(2, ""));
        assertThat(live.refusal()).isEmpty();
        live.offer(document(2, ""));
        assertThat(live.refusal()).isEmpty();
    }

    private static void assertRefused(String variants, String field) {
        assertThatThrownBy(() -> parse(variants))
                .isInstanceOfSatisfying(
                        InvalidConfig.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    private static PipelineConfig parse(String variants) {
        return ConfigDocument.parse(document(1, variants), Map.of());
    }

    private static String document(long generation, String variants) {
        return """
                generation: %d
                namespace: team-a
                name: meetings
                spec:
                  model:
                    name: own
                    source: https
                    url: https://models/own.bin
                    sha256: 0000000000000000000000000000000000000000000000000000000000000000
                    language: en
                    hotWords: [June]
                  segmentation: {minSpeech: 300ms}
                  livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                  delivery: {nats: {url: "nats://nats:4222"}}
                  variants: [%s]
                """.formatted(generation, variants);
    }
}
