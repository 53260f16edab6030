/**
 * From samples to words. Open {@link dev.june.stt.worker.recognition.Recognizer} first.
 */
@NullMarked
package dev.june.stt.worker.recognition;

import org.jspecify.annotations.NullMarked;
