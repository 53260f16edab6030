/**
 * Endpointing: when an utterance begins and ends. Open {@link dev.june.stt.worker.utterance.Endpointing} first: a pure state machine
 * that knows no clock, thread or queue. The owner of the track feeds it windows and carries its effects out.
 */
@NullMarked
package dev.june.stt.worker.utterance;

import org.jspecify.annotations.NullMarked;
