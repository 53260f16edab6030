package dev.june.stt.operator.pipeline;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.rollout.Verdict;
import java.util.Optional;

/** Whether a configuration document works: by what the workers that were given it say. Pure. */
final class DocumentVerdict {
    private DocumentVerdict() {}

    static Verdict of(long generation, Observed observed) {
        Optional<Verdict> refused = observed.reports().stream()
                .flatMap(report -> refusal(report, generation).stream())
                .findFirst();
        if (refused.isPresent()) {
            return refused.get();
        }
        int ready = observed.readyPods().size();
        return ready > 0 && observed.workersAt(generation) == ready ? new Verdict.Good() : new Verdict.Open();
    }

    /** A worker that could not even read which generation it was given says 0. */
    private static Optional<Verdict> refusal(WorkerReport report, long generation) {
        WorkerReport.Refusal refused = report.refused();
        if (refused == null || (refused.generation() != 0 && refused.generation() < generation)) {
            return Optional.empty();
        }
        return Optional.of(new Verdict.Bad(
                "RejectedByWorker",
                "Worker " + report.worker() + " refuses " + refused.field() + ": " + refused.message()
                        + ". It goes on with generation " + report.generation() + "."));
    }
}
