package dev.june.stt.operator.pipeline;

import dev.june.stt.config.WorkerReport;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The worker that goes when the pool becomes smaller: the one with the least to hand over. A ReplicaSet alone chooses blindly. */
final class Victim {
    private static final String COST = "controller.kubernetes.io/pod-deletion-cost";
    private static final String CHEAPEST = "-1000";

    private Victim() {}

    /** A worker that said nothing yet has nothing to hand over. Pure. */
    static Optional<Pod> choose(List<Pod> pods, List<WorkerReport> reports) {
        Map<String, WorkerReport> byName =
                reports.stream().collect(Collectors.toMap(WorkerReport::worker, Function.identity(), (one, _) -> one));
        return pods.stream()
                .filter(pod -> !PodHealth.isEnding(pod))
                .min(Comparator.comparing(PodHealth::isReady)
                        .thenComparingInt(pod -> participants(byName, pod))
                        .thenComparingInt(pod -> rooms(byName, pod))
                        .thenComparing(pod -> pod.getMetadata().getName()));
    }

    /** Its deletion costs least from now on, and that of no other one. */
    static void mark(KubernetesClient client, List<Pod> pods, Pod victim) {
        for (Pod pod : pods) {
            boolean chosen = pod.equals(victim);
            if (chosen != isMarked(pod)) {
                annotate(client, pod, chosen ? "\"" + CHEAPEST + "\"" : "null");
            }
        }
    }

    /** A pod that is gone by then needs no mark: the client answers a patch of it with null. */
    private static void annotate(KubernetesClient client, Pod pod, String cost) {
        client.resource(pod)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"" + COST + "\":" + cost + "}}}");
    }

    private static boolean isMarked(Pod pod) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return annotations != null && CHEAPEST.equals(annotations.get(COST));
    }

    private static int participants(Map<String, WorkerReport> byName, Pod pod) {
        WorkerReport report = byName.get(pod.getMetadata().getName());
        return report == null ? 0 : report.participants();
    }

    private static int rooms(Map<String, WorkerReport> byName, Pod pod) {
        WorkerReport report = byName.get(pod.getMetadata().getName());
        return report == null ? 0 : report.rooms();
    }
}
