package dev.june.stt.worker.status;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.worker.room.Roster;
import java.util.function.Supplier;

/**
 * Where the status comes from.
 *
 * @param report what the worker tells the operator about itself
 */
public record StatusSource(Supplier<WorkerReport> report, Roster roster) {}
