/**
 * Speech or silence, window by window. Open {@link dev.june.stt.worker.vad.SpeechDetector}; {@link
 * dev.june.stt.worker.vad.SileroDetector#factory} makes them. Called from the participant thread.
 */
@NullMarked
package dev.june.stt.worker.vad;

import org.jspecify.annotations.NullMarked;
