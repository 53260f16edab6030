package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RollHashTest {
    private static final String BEFORE = RollHash.of(Pipelines.minimal().getSpec());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "segmentation: {endSilence: 900ms}",
                "limits: {maxRoomsPerWorker: 4}",
                "model: {language: de}",
                "model: {name: tiny.en, language: en}",
                "observability: {logLevel: debug}",
                "suspend: true",
                "replicas: 9",
                "variants: [{name: a, weight: 10}]"
            })
    void whatRunningWorkersTakeOverRollsNothing(String more) {
        assertThat(RollHash.of(Pipelines.withSpec(more).getSpec())).isEqualTo(BEFORE);
    }

    @Test
    void anotherServerRolls() {
        assertThat(RollHash.of(Pipelines.read("""
                        metadata: {name: main, namespace: stt}
                        spec:
                          livekit: {url: "ws://livekit-2:7880", credentialsSecretRef: {name: livekit}}
                          delivery: {nats: {url: "nats://nats:4222"}}
                        """).getSpec())).isNotEqualTo(BEFORE);
        assertThat(RollHash.of(Pipelines.read("""
                        metadata: {name: main, namespace: stt}
                        spec:
                          livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                          delivery: {nats: {url: "nats://nats-2:4222"}}
                        """).getSpec())).isNotEqualTo(BEFORE);
    }

    @Test
    void deliverySettingsAreHot() {
        assertThat(RollHash.of(Pipelines.read("""
                        metadata: {name: main, namespace: stt}
                        spec:
                          livekit: {url: "ws://livekit:7880", credentialsSecretRef: {name: livekit}}
                          delivery: {nats: {url: "nats://nats:4222"}, retention: 24h, spoolBytes: 9000000, maxDeliver: 9}
                        """).getSpec())).isEqualTo(BEFORE);
    }
}
