package dev.june.stt.worker.room;

/**
 * Whether one more room fits. Pure.
 *
 * @param rooms rooms being listened to or being joined
 * @param tracks audio tracks being listened to
 * @param emptyRooms rooms in which nobody speaks yet; each is counted as one track to come
 * @param maxRooms {@code limits.maxRoomsPerWorker}; 0 for none
 * @param capacity tracks this worker can follow, measured
 * @param spoolFill share of the spool that is taken
 * @param closed draining, not warm, or NATS is away
 */
record Admission(
        int rooms, int tracks, int emptyRooms, int maxRooms, double capacity, double spoolFill, boolean closed) {
    /** Rooms are refused from here on, long before something would have to be dropped. */
    private static final double SPOOL_LIMIT = 0.8;

    /** Share of the measured speed that is planned with: people speak at the same time now and then. */
    private static final double PLANNED = 0.6;

    /**
     * Tracks that can be followed at the same time, never less than one.
     *
     * @param states decodes side by side
     * @param speed seconds of speech that one decodes in a second
     */
    static int capacity(int states, double speed) {
        return Math.max(1, (int) Math.floor(states * speed * PLANNED));
    }

    boolean open() {
        return !closed
                && spoolFill < SPOOL_LIMIT
                && (maxRooms == 0 || rooms < maxRooms)
                && tracks + emptyRooms < capacity;
    }

    /** From 0 to 1, for LiveKit's dispatch. */
    double load() {
        double byRooms = maxRooms == 0 ? 0 : rooms / (double) maxRooms;
        double byTracks = (tracks + emptyRooms) / capacity;
        return Math.clamp(Math.max(Math.max(byRooms, byTracks), spoolFill), 0, 1);
    }
}
