package dev.june.stt.operator.autoscaling;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.config.WorkerReport.Load;
import java.util.List;
import java.util.Objects;

/**
 * What is asked of a pool, and what its workers can do.
 *
 * @param reports workers that said so; 0 means that nothing is known
 * @param tracks audio tracks that are listened to, and those to come in rooms that were taken
 * @param tracksPerWorker tracks that one worker can follow, as measured by the workers at their warm-up; their mean
 * @param queueSeconds audio that waits for or is in its final decode, over the whole pool
 * @param decodeSpeed seconds of audio that one worker decodes in a second; the workers' mean
 */
public record Demand(int reports, double tracks, double tracksPerWorker, double queueSeconds, double decodeSpeed) {
    public static final Demand UNKNOWN = new Demand(0, 0, 0, 0, 0);

    /** @param reports of workers that are there; those of an older release carry no load and are left out */
    public static Demand of(List<WorkerReport> reports, double queueSeconds) {
        List<Load> loads = reports.stream()
                .map(WorkerReport::load)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        if (loads.isEmpty()) {
            return UNKNOWN;
        }
        return new Demand(
                loads.size(),
                loads.stream().mapToDouble(Load::tracks).sum(),
                loads.stream().mapToDouble(Load::capacity).average().orElse(0),
                queueSeconds,
                loads.stream().mapToDouble(Load::decodeSpeed).average().orElse(0));
    }

    boolean isKnown() {
        return reports > 0 && tracksPerWorker > 0 && decodeSpeed > 0;
    }
}
