package dev.june.stt.operator;

import java.util.Arrays;
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
 */
public record OperatorSettings(
        Set<String> namespaces,
        String workerImage,
        boolean leaderElection,
        String leaseName,
        String namespace,
        String identity) {
    public OperatorSettings {
        namespaces = Set.copyOf(namespaces);
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
                environment.getOrDefault("JUNE_POD_NAME", "june-stt-operator"));
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
