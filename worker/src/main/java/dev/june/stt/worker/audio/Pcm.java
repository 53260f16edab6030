package dev.june.stt.worker.audio;

import java.time.Duration;

/** Sample arithmetic. Audio is mono, signed 16 bit, 16 kHz everywhere inside the worker. */
public final class Pcm {
    public static final int SAMPLE_RATE_HZ = 16_000;

    private Pcm() {}

    public static long samples(Duration duration) {
        return duration.toNanos() * SAMPLE_RATE_HZ / 1_000_000_000L;
    }

    public static Duration duration(long samples) {
        return Duration.ofNanos(samples * 1_000_000_000L / SAMPLE_RATE_HZ);
    }

    public static double seconds(long samples) {
        return samples / (double) SAMPLE_RATE_HZ;
    }
}
