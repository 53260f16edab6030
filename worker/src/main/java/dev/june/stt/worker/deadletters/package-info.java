/**
 * Dead letters as people work on them: list, inspect, listen, put back. Open {@link
 * dev.june.stt.worker.deadletters.DeadLetterController}; what a replay publishes is in {@link dev.june.stt.worker.deadletters.Replays}. Any
 * worker of the pool does it, on the web server's threads, and keeps nothing between requests.
 */
@NullMarked
package dev.june.stt.worker.deadletters;

import org.jspecify.annotations.NullMarked;
