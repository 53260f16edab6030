package dev.june.stt.operator;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the operator is told by its surroundings, as environment variables.
 *
 * @param namespaces whose pipelines it looks after; empty means those of all namespaces
 * @param workerImage image of workers whose pipeline names none
 * @param leaderElection whether several operators may run and one of them works
 * @param leaseName name of the Lease they elect by
 * @param namespace where the operator itself runs and the Lease is
 * @param identity this operator's name among them, its pod's
 * @param monitoringLabels labels of PodMonitors and PrometheusRules, for a Prometheus that selects by label
 */
public record OperatorSettings(
        Set<String> namespaces,
        String workerImage,
        boolean leaderElection,
        String leaseName,
        String namespace,
        String identity,
        Map<String, String> monitoringLabels) {
    public OperatorSettings {
        namespaces = Set.copyOf(namespaces);
        monitoringLabels = Map.copyOf(monitoringLabels);
    }

    /**
     * @throws IllegalArgumentException with a sentence that names the variable and what is expected
     */
    public static OperatorSettings from(Map<String, String> environment) {
        String namespace = environment.getOrDefault("JUNE_NAMESPACE", "default");
        return new OperatorSettings(
                namespaces(environment.getOrDefault("JUNE_WATCH_NAMESPACES", namespace)),
                required(environment, "JUNE_WORKER_IMAGE", "the image of workers whose pipeline names none"),
                flag(environment, "JUNE_LEADER_ELECTION", true),
                environment.getOrDefault("JUNE_LEASE_NAME", "june-stt-operator"),
                namespace,
                environment.getOrDefault("JUNE_POD_NAME", "june-stt-operator"),
                labels(environment.getOrDefault("JUNE_MONITORING_LABELS", "")));
    }

    private static Set<String> namespaces(String text) {
        List<String> names = Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
        if (names.contains("*")) {
            if (names.size() > 1) {
                throw new IllegalArgumentException(
                        "JUNE_WATCH_NAMESPACES: expected * or names separated by commas, got " + text);
            }
            return Set.of();
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    "JUNE_WATCH_NAMESPACES: expected * or names separated by commas, got nothing");
        }
        return names.stream().collect(Collectors.toUnmodifiableSet());
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        for (String label : text.isBlank() ? new String[0] : text.split(",")) {
            int equals = label.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "JUNE_MONITORING_LABELS: expected key=value separated by commas, got " + text);
            }
            labels.put(
                    label.substring(0, equals).strip(),
                    label.substring(equals + 1).strip());
        }
        return labels;
    }

    private static String required(Map<String, String> environment, String variable, String meaning) {
        String value = environment.getOrDefault(variable, "").strip();
        if (value.isEmpty()) {
            throw new IllegalArgumentException(variable + ": expected " + meaning + ", got nothing");
        }
        return value;
    }

    private static boolean flag(Map<String, String> environment, String variable, boolean fallback) {
        String value = environment.getOrDefault(variable, Boolean.toString(fallback));
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(variable + ": expected true or false, got " + value);
        };
    }
}
