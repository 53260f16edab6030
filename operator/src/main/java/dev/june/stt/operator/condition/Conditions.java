package dev.june.stt.operator.condition;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Merges what is observed now into the conditions of a status. Pure. */
public final class Conditions {
    private Conditions() {}

    /**
     * The conditions to report: exactly the observed ones, in their order. {@code lastTransitionTime} is kept where the status is
     * what it was, so that it says since when that is so.
     */
    public static List<Condition> merge(
            List<Condition> before, List<Observation> observed, long generation, Instant now) {
        Set<String> types = new HashSet<>();
        return observed.stream()
                .peek(observation -> {
                    if (!types.add(observation.type())) {
                        throw new IllegalArgumentException("condition " + observation.type() + " is observed twice");
                    }
                })
                .map(observation -> merge(find(before, observation.type()), observation, generation, now))
                .toList();
    }

    public static Optional<Condition> find(List<Condition> conditions, String type) {
        return conditions.stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    /** Those whose status or reason is another than before: what an Event should tell. */
    public static List<Condition> transitions(List<Condition> before, List<Condition> after) {
        return after.stream()
                .filter(condition -> find(before, condition.getType())
                        .map(old -> !old.getStatus().equals(condition.getStatus())
                                || !old.getReason().equals(condition.getReason()))
                        .orElse(true))
                .toList();
    }

    private static Condition merge(Optional<Condition> before, Observation observation, long generation, Instant now) {
        String status = observation.status().toString();
        String since = before.filter(old -> old.getStatus().equals(status))
                .map(Condition::getLastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new ConditionBuilder()
                .withType(observation.type())
                .withStatus(status)
                .withReason(observation.reason())
                .withMessage(observation.message())
                .withObservedGeneration(generation)
                .withLastTransitionTime(since)
                .build();
    }
}
