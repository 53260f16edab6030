/**
 * Samples and the audio still in memory. Mono signed 16-bit PCM at 16 kHz everywhere; open {@link dev.june.stt.worker.audio.Pcm}.
 */
@NullMarked
package dev.june.stt.worker.audio;

import org.jspecify.annotations.NullMarked;
