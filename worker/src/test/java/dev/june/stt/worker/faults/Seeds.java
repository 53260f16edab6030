package dev.june.stt.worker.faults;

import java.util.Random;

/** How much is tried, and from which seed: {@code e2e/faults} asks for more than the build does. */
public final class Seeds {
    private Seeds() {}

    /** A seed that is printed, so that a failure can be had again. */
    public static Random random(String test) {
        long seed = Long.getLong("june.faults.seed", System.nanoTime() & 0xffffff);
        System.out.println(test + ": seed " + seed);
        return new Random(seed);
    }

    /** Crash points; the build tries some, {@code e2e/faults} many. */
    static int crashPoints() {
        return Integer.getInteger("june.faults.points", 24);
    }

    public static boolean isLong() {
        return Boolean.getBoolean("june.faults.long");
    }
}
