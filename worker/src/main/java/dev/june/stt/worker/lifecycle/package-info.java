/**
 * Configuration, wiring, readiness and drain of one worker process. Open {@link dev.june.stt.worker.lifecycle.WorkerWiring} first: it
 * shows which parts there are and who talks to whom.
 */
@NullMarked
package dev.june.stt.worker.lifecycle;

import org.jspecify.annotations.NullMarked;
