package dev.june.stt.config;

/**
 * How well a worker is, by its own account: the operator replaces one that does not get well by itself. Figures are coarse, as a report
 * is written whenever it changes.
 *
 * @param hangs whether a decode hangs inside the native library
 * @param stalledSeconds how long decodes have been waiting or running with none that ended, in tens of seconds
 * @param failuresInARow decodes that failed since the last one that did not, 100 at the most
 * @param memoryPercent share of the container's memory limit that cannot be given back, in steps of five; 0 without a limit
 */
public record WorkerHealth(boolean hangs, long stalledSeconds, int failuresInARow, int memoryPercent) {}
