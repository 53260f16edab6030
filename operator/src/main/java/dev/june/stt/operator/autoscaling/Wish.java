package dev.june.stt.operator.autoscaling;

import dev.june.stt.resource.Autoscaling;

/**
 * How many workers the demand of one moment asks for, whatever was asked before. Pure.
 *
 * <p>Audio cannot wait, so live tracks count against what the workers can follow at the wished utilization. A queue of finals can: it
 * counts once it would take the pool longer than {@code targetQueueSeconds} to decode. The larger of the two decides.
 *
 * @param workers before any bound
 * @param because for people
 */
record Wish(int workers, String because) {
    /** Utilization this close to its target, relative to it, changes nothing: figures are never exact. */
    private static final double BAND = 0.1;

    /**
     * @param current workers that there are meant to be now
     */
    static Wish of(Autoscaling settings, Demand demand, int current) {
        if (!demand.isKnown()) {
            return new Wish(current, "no worker says how busy it is: the pool stays as it is");
        }
        double perWorker = demand.tracksPerWorker() * settings.targetUtilization() / 100.0;
        int forTracks = withinBand(demand.tracks() / perWorker, current - settings.warmStandby());
        double perWorkerQueue = demand.decodeSpeed() * settings.targetQueueSeconds();
        int forQueue = (int) Math.ceil(demand.queueSeconds() / perWorkerQueue);
        int workers = Math.max(forTracks, forQueue) + settings.warmStandby();
        String because = forQueue > forTracks
                ? "%.0f s of speech wait for their decode".formatted(demand.queueSeconds())
                : "%.0f tracks, %.1f for each worker".formatted(demand.tracks(), perWorker);
        return new Wish(workers, because);
    }

    private static int withinBand(double exact, int current) {
        boolean settled = current > 0 && Math.abs(exact / current - 1) <= BAND;
        return settled ? current : (int) Math.ceil(exact);
    }
}
