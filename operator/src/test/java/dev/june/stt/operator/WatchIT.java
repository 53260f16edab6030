package dev.june.stt.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.operator.health.PipelineWatch;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** No operator runs here: what would arrive by its watch is what the test says. */
class WatchIT {
    private final PipelineNamespace namespace = new PipelineNamespace();
    private final Map<ResourceID, String> arrived = new ConcurrentHashMap<>();

    @Test
    void aWatchOfPipelinesThatWentSilentIsNoticedByReading() {
        PipelineWatch watch = new PipelineWatch(
                namespace.client,
                new OperatorSettings(Set.of(namespace.name), "image", false, "lease", namespace.name, "test", Map.of()),
                pipeline -> Optional.ofNullable(arrived.get(pipeline)));
        namespace.apply(namespace.yaml());
        hear();
        watch.look();
        assertThat(watch.isDeaf()).isFalse();

        namespace.apply(namespace.yaml() + "  suspend: true\n");
        watch.look();
        assertThat(watch.isDeaf()).as("it may be on its way").isFalse();
        watch.look();
        assertThat(watch.isDeaf()).isTrue();

        hear();
        watch.look();
        assertThat(watch.isDeaf()).isFalse();
    }

    private void hear() {
        arrived.put(
                new ResourceID("main", namespace.name),
                namespace.pipeline().getMetadata().getResourceVersion());
    }
}
