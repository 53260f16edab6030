/**
 * What a worker is doing, by the names of rooms and participants, for whoever may know them: {@link dev.june.stt.worker.status.StatusController}.
 * Runs on the web server's threads.
 */
@NullMarked
package dev.june.stt.worker.status;

import org.jspecify.annotations.NullMarked;
