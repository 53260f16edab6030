package dev.june.stt.transcript;

/** Our headers on messages in JetStream. */
public final class MessageHeaders {
    /** The server drops a message whose id it has seen within the duplicate window. */
    public static final String MESSAGE_ID = "Nats-Msg-Id";

    /** On a sealed utterance: its id, which the message id begins with. */
    public static final String UTTERANCE_ID = "June-Utterance-Id";

    /** On a dead letter: why it is one, a fixed name. */
    public static final String REASON = "June-Reason";

    /** On a dead letter: the last error, for people. */
    public static final String EXPLANATION = "June-Explanation";

    /** On a dead letter: the subject that the original message had. */
    public static final String SUBJECT = "June-Subject";

    /** On a dead letter: how often it was given to a worker. */
    public static final String DELIVERIES = "June-Deliveries";

    /** On a dead letter: when it became one, RFC 3339. */
    public static final String TIME = "June-Time";

    /** How often it was put back from the dead letters, from 1; not there if never. */
    public static final String REPLAY = "June-Replay";

    /** On utterances, transcripts, their retries and dead letters: the trace that they belong to, as the W3C defines it. */
    public static final String TRACEPARENT = "traceparent";

    private MessageHeaders() {}

    /** The message id of a replay: a new one, because the server remembers the old one. The same when the same replay is tried again. */
    public static String replayId(String utteranceId, int replay) {
        return replay == 0 ? utteranceId : utteranceId + "/replay/" + replay;
    }
}
