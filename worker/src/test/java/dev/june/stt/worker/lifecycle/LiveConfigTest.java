package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.PipelineConfig;
import dev.june.stt.config.WorkerReport.Refusal;
import dev.june.stt.worker.recognition.whisper.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveConfigTest {
    private final List<String> prepared = new ArrayList<>();
    private final LiveConfig config = new LiveConfig(read(document(1, "600ms")), Map.of(), (before, after) -> {
        if (after.spec().model().name().equals("missing")) {
            throw new ModelException.ModelNotFound("there is no such model");
        }
        prepared.add(after.spec().model().name());
    });

    @Test
    void aNewDocumentReplacesTheOldOneAsAWhole() {
        config.offer(document(2, "900ms"));

        assertThat(config.current().generation()).isEqualTo(2);
        assertThat(config.current().spec().segmentation().endSilence().toMillis())
                .isEqualTo(900);
        assertThat(config.refusal()).isEmpty();
    }

    @Test
    void aWrongDocumentIsRefusedByFieldAndTheLastGoodOneStays() {
        config.offer(document(2, "10ms"));

        assertThat(config.current().generation()).isEqualTo(1);
        assertThat(config.refusal())
                .hasValueSatisfying(refusal -> assertThat(refusal.field()).isEqualTo("spec.segmentation.endSilence"));
    }

    @Test
    void aRefusalIsForgottenWhenAGoodDocumentComes() {
        config.offer(document(2, "10ms"));
        config.offer(document(1, "600ms"));

        assertThat(config.refusal()).isEmpty();
    }

    @Test
    void aModelThatCannotBeLoadedRefusesTheDocument() {
        config.offer(document(2, "600ms").replace("name: base", "name: missing"));

        assertThat(config.current().generation()).isEqualTo(1);
        assertThat(config.refusal()).contains(new Refusal(2, "spec.model", "there is no such model"));
    }

    @Test
    void aFileThatIsOlderThanWhatRunsChangesNothing() {
        config.offer(document(3, "900ms"));
        config.offerIfNewer(document(2, "700ms"));
        assertThat(config.current().generation()).isEqualTo(3);

        config.offerIfNewer(document(4, "700ms"));
        assertThat(config.current().generation()).isEqualTo(4);
    }

    @Test
    void aDocumentOfAnotherPipelineIsRefused() {
        config.offer(document(2, "600ms").replace("meetings", "others"));

        assertThat(config.refusal())
                .hasValueSatisfying(refusal -> assertThat(refusal.field()).isEqualTo("name"));
    }

    @Test
    void whoeverReportsHearsAtOnceOfADocumentThatRunsOrIsRefused() throws InterruptedException {
        assertThat(config.awaitNews(Duration.ZERO)).isFalse();
        config.offer(document(2, "900ms"));
        config.offer(document(3, "10ms"));
        assertThat(config.awaitNews(Duration.ZERO)).isTrue();
        assertThat(config.awaitNews(Duration.ZERO)).isFalse();
    }

    private static PipelineConfig read(String text) {
        return ConfigDocument.parse(text, Map.of());
    }

    private static String document(long generation, String endSilence) {
        return """
                generation: %d
                namespace: team-a
                name: meetings
                spec:
                  model: {name: base}
                  livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                  delivery: {nats: {url: "nats://nats:4222"}}
                  segmentation: {endSilence: %s}
                """.formatted(generation, endSilence);
    }
}
