package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.june.stt.operator.autoscaling.Autoscaler;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A folder for each case: {@code in-pipeline.yaml} as a user writes it, {@code out-*.yaml} for each object that the case is about. A
 * new case needs no Java. After a wanted change: -Dobjects.update=true rewrites the outputs, and the diff is read.
 */
class WorkerObjectsTest {
    private static final Path CASES = Path.of("src/test/resources/objects");

    private static final MonitoringResources MONITORING = new MonitoringResources(Map.of("release", "prometheus"));
    private static final Map<String, Function<SttPipeline, HasMetadata>> OBJECTS = Map.of(
            "out-serviceaccount.yaml", WorkerObjects::serviceAccount,
            "out-configmap.yaml", pipeline -> WorkerObjects.configMap(pipeline, ConfigDocument.render(pipeline)),
            "out-service.yaml", WorkerObjects::service,
            "out-disruptionbudget.yaml", WorkerObjects::disruptionBudget,
            "out-networkpolicy.yaml", WorkerNetwork::policy,
            "out-podmonitor.yaml", MONITORING::podMonitor,
            "out-prometheusrule.yaml", MONITORING::prometheusRule,
            "out-scaledobject.yaml", KedaResources::scaledObject,
            "out-deployment.yaml",
                    pipeline -> WorkerDeployment.desired(
                            pipeline,
                            "june-stt/worker:0.1.0",
                            new Autoscaler(Clock.systemUTC())
                                    .last(ResourceID.fromResource(pipeline), pipeline.getSpec())
                                    .replicas(),
                            true));

    @TestFactory
    Stream<DynamicTest> everyCase() throws IOException {
        List<Path> cases = list(CASES);
        assertThat(cases).isNotEmpty();
        return cases.stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
    }

    private static void check(Path folder) throws IOException {
        SttPipeline pipeline = Pipelines.read(Files.readString(folder.resolve("in-pipeline.yaml")));
        List<Path> outputs = list(folder).stream()
                .filter(file -> !file.endsWith("in-pipeline.yaml"))
                .toList();
        assertThat(outputs).as("outputs of " + folder).isNotEmpty();
        for (Path file : outputs) {
            Function<SttPipeline, HasMetadata> object =
                    OBJECTS.get(file.getFileName().toString());
            assertThat(object).as(file + " is read by nothing").isNotNull();
            String actual = Serialization.asYaml(object.apply(pipeline));
            if (Boolean.getBoolean("objects.update")) {
                Files.writeString(file, actual);
            }
            assertThat(tree(actual)).as(file.toString()).isEqualTo(tree(Files.readString(file)));
        }
    }

    private static JsonNode tree(String yaml) throws IOException {
        return Pipelines.YAML.readTree(yaml);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
