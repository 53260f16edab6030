package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.rollout.Verdict;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether a pod template works: by what became of the pods that were made from it. Pure. */
final class PodVerdict {
    /** A registry that hiccups, or a volume that comes late, is over by then. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** One end may have been an accident. */
    private static final int CRASHES = 2;

    /** Nodes may be added, and only the deadline tells how long to wait for that. */
    private static final String NO_NODE = "Unschedulable";

    private static final String HOPELESS = "InvalidImageName";
    private static final Set<String> BEFORE_ANY_START = Set.of("ImagePull", "ContainerNotCreated");

    private PodVerdict() {}

    /** @param id of the template, without what makes another try of it */
    static Verdict of(String id, Observed observed, Instant now) {
        Optional<Deployment> applied = observed.deployment().filter(deployment -> isMadeFrom(deployment, id));
        if (applied.isEmpty() || !Rolling.isSeen(applied.get())) {
            return new Verdict.Open();
        }
        if (Rolling.isComplete(applied.get())) {
            return applied.get().getSpec().getReplicas() > 0 ? new Verdict.Good() : new Verdict.Open();
        }
        List<Pod> fresh = observed.pods().stream()
                .filter(pod -> hasId(WorkerDeployment.templateId(pod.getMetadata()), id))
                .toList();
        if (Rolling.hasMissedItsDeadline(applied.get())) {
            return new Verdict.Bad(
                    "NotReadyInTime",
                    fresh.stream()
                            .map(PodHealth::trouble)
                            .flatMap(Optional::stream)
                            .map(PodHealth.Trouble::message)
                            .findFirst()
                            .orElse("New workers did not become ready in time. See their events and logs."));
        }
        boolean othersSuffer = observed.pods().stream()
                .anyMatch(pod -> !fresh.contains(pod) && PodHealth.trouble(pod).isPresent());
        return othersSuffer
                ? new Verdict.Open() // whatever it is, it is not the new template alone
                : fresh.stream()
                        .flatMap(pod -> PodHealth.trouble(pod).filter(trouble -> lasts(pod, trouble, now)).stream())
                        .findFirst()
                        .<Verdict>map(trouble -> new Verdict.Bad(trouble.reason(), trouble.message()))
                        .orElseGet(Verdict.Open::new);
    }

    private static boolean isMadeFrom(Deployment deployment, String id) {
        return deployment.getSpec() != null
                && hasId(
                        WorkerDeployment.templateId(
                                deployment.getSpec().getTemplate().getMetadata()),
                        id);
    }

    private static boolean hasId(Optional<String> template, String id) {
        return template.filter(id::equals).isPresent();
    }

    private static boolean lasts(Pod pod, PodHealth.Trouble trouble, Instant now) {
        return trouble.reason().equals(HOPELESS)
                || !trouble.reason().equals(NO_NODE)
                        && PodHealth.age(pod, now).compareTo(PATIENCE) >= 0
                        && (BEFORE_ANY_START.contains(trouble.reason()) || PodHealth.restarts(pod) >= CRASHES);
    }
}
