/**
 * Speech or silence, window by window. Open {@link dev.june.stt.worker.vad.SpeechDetector}; called from the participant thread.
 */
@NullMarked
package dev.june.stt.worker.vad;

import org.jspecify.annotations.NullMarked;
