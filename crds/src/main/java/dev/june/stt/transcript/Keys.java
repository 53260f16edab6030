package dev.june.stt.transcript;

/** Keys of the pipeline's KV bucket. Names from outside are encoded as subject tokens are. */
public final class Keys {
    /** The configuration document. */
    public static final String CONFIG = "config";

    private Keys() {}

    /** A worker's report. */
    public static String worker(String pod) {
        return "worker." + Subjects.token(pod);
    }

    /** A room's lease. */
    public static String room(String room) {
        return "room." + Subjects.token(room);
    }

    /** The number of the last utterance of a participant's track, and who owns it. */
    public static String track(String trackSid) {
        return "track." + Subjects.token(trackSid);
    }
}
