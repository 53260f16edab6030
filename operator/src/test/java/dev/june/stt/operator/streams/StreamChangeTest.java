package dev.june.stt.operator.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.api.CompressionOption;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StreamChangeTest {
    private final StreamConfiguration desired = StreamConfiguration.builder()
            .name("S")
            .subjects("a.>", "b.>")
            .storageType(StorageType.File)
            .retentionPolicy(RetentionPolicy.Limits)
            .maxAge(Duration.ofHours(1))
            .build();

    @Test
    void theOrderOfSubjectsIsNoDifference() {
        assertThat(StreamChange.between(
                        StreamConfiguration.builder(desired)
                                .subjects("b.>", "a.>")
                                .build(),
                        desired))
                .isEqualTo(new StreamChange.None<StreamConfiguration>());
    }

    @Test
    void whatSomebodyElseSetIsNeitherADifferenceNorTakenAway() {
        StreamConfiguration tuned = StreamConfiguration.builder(desired)
                .description("finals of the support team")
                .compressionOption(CompressionOption.S2)
                .build();
        assertThat(StreamChange.between(tuned, desired)).isEqualTo(new StreamChange.None<StreamConfiguration>());

        StreamConfiguration older =
                StreamConfiguration.builder(tuned).maxAge(Duration.ofHours(2)).build();
        assertThat(StreamChange.between(older, desired)).isInstanceOfSatisfying(StreamChange.Update.class, update -> {
            StreamConfiguration after = (StreamConfiguration) update.configuration();
            assertThat(after.getMaxAge()).isEqualTo(Duration.ofHours(1));
            assertThat(after.getDescription()).isEqualTo("finals of the support team");
            assertThat(after.getCompressionOption()).isEqualTo(CompressionOption.S2);
        });
    }

    @Test
    void whatTheServerCannotChangeIsExplained() {
        assertThat(StreamChange.between(
                        StreamConfiguration.builder(desired)
                                .storageType(StorageType.Memory)
                                .build(),
                        desired))
                .isInstanceOfSatisfying(
                        StreamChange.Impossible.class,
                        impossible -> assertThat(impossible.why()).isEqualTo("S: storage expected file, is memory"));
        assertThat(StreamChange.between(
                        StreamConfiguration.builder(desired)
                                .retentionPolicy(RetentionPolicy.WorkQueue)
                                .build(),
                        desired))
                .isInstanceOfSatisfying(
                        StreamChange.Impossible.class,
                        impossible ->
                                assertThat(impossible.why()).isEqualTo("S: retention expected limits, is workqueue"));
    }
}
