package dev.june.stt.worker.room;

import static dev.june.stt.worker.audio.Pcm.SAMPLE_RATE_HZ;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * How much audio one participant may send, in all of its tracks together: {@code limits.audioSecondsPerSecond}, and more for a moment, as
 * after a pause of the network. A bucket of samples that fills with the time it is told: a library's limiter counts calls and reads the
 * clock itself. Any thread.
 */
final class AudioAllowance {
    /** What may come at once after a while of nothing; as much as a track's inbox holds. */
    private static final double BURST_SECONDS = 5;

    private final double samplesPerSecond;

    @GuardedBy("this")
    private double left;

    @GuardedBy("this")
    private long filledNanos;

    AudioAllowance(double audioSecondsPerSecond, long nowNanos) {
        this.samplesPerSecond = audioSecondsPerSecond * SAMPLE_RATE_HZ;
        this.left = samplesPerSecond * BURST_SECONDS;
        this.filledNanos = nowNanos;
    }

    /** Whether a block of so many samples is still within the limit; what is not is to be dropped. */
    synchronized boolean takes(int samples, long nowNanos) {
        left = Math.min(
                samplesPerSecond * BURST_SECONDS, left + Math.max(0, nowNanos - filledNanos) / 1e9 * samplesPerSecond);
        filledNanos = Math.max(filledNanos, nowNanos);
        if (samples > left) {
            return false;
        }
        left -= samples;
        return true;
    }
}
