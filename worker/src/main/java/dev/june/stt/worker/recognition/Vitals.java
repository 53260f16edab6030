package dev.june.stt.worker.recognition;

import java.time.Duration;

/**
 * Whether decodes come to an end, and to a good one.
 *
 * @param stalled how long decodes have been waiting or running with none that ended; zero if there is none to wait for
 * @param failuresInARow those that failed since the last one that did not
 */
public record Vitals(Duration stalled, int failuresInARow) {
    public static final Vitals WELL = new Vitals(Duration.ZERO, 0);
}
