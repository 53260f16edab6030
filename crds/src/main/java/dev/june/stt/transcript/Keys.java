package dev.june.stt.transcript;

import java.util.List;

/** Keys of the pipeline's KV bucket. Names from outside are encoded as subject tokens are. */
public final class Keys {
    /** The configuration document. */
    public static final String CONFIG = "config";

    /** The receiver of the webhook that is gone, if it is. */
    public static final String WEBHOOK_GONE = "webhook-gone";

    /** What became of the utterances of variants: {@link dev.june.stt.config.VariantTallies}. */
    public static final String VARIANTS = "variants";

    /** What workers write, as subjects below the bucket's. The configuration is not among it. */
    public static final List<String> WRITTEN_BY_WORKERS = List.of(
            WEBHOOK_GONE,
            VARIANTS,
            "worker.*",
            "wanted.*",
            "room.*",
            "variant.*",
            "tenure.*",
            "participant.*.*",
            "decodes.*");

    private Keys() {}

    /** A worker's report. */
    public static String worker(String pod) {
        return "worker." + Subjects.token(pod);
    }

    /** A room that wants to be listened to, until it is over. */
    public static String wanted(String room) {
        return "wanted." + Subjects.token(room);
    }

    /** A room's lease: who listens to it. */
    public static String room(String room) {
        return "room." + Subjects.token(room);
    }

    /** Who came last to listen to a room, and when. */
    public static String tenure(String room) {
        return "tenure." + Subjects.token(room);
    }

    /** The variant that a room has been given, until it is over. */
    public static String variant(String room) {
        return "variant." + Subjects.token(room);
    }

    /** The numbers of a participant's last utterances. */
    public static String participant(String room, String identity) {
        return "participant." + Subjects.token(room) + "." + Subjects.token(identity);
    }

    /** How many decodes of an utterance were begun, once it was given out twice. */
    public static String decodes(String utteranceId) {
        return "decodes." + Subjects.token(utteranceId);
    }
}
