/**
 * whisper.cpp from Java: the native library through the Foreign Function and Memory API, model files, and one decode from samples to
 * tokens with times. Knows nothing of queues, guards or participants. Open {@link dev.june.stt.worker.recognition.whisper.WhisperModel}
 * first. A {@link dev.june.stt.worker.recognition.whisper.WhisperState} belongs to one thread; everything else is immutable.
 */
@NullMarked
package dev.june.stt.worker.recognition.whisper;

import org.jspecify.annotations.NullMarked;
