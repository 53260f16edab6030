package dev.june.stt.transcript;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Subjects, streams and buckets of one pipeline. Room names and identities come from strangers: every token is encoded, so
 * that nothing they contain can reach into another subject; the original is in the message.
 *
 * <p>An encoded token keeps ASCII letters, digits, {@code -} and {@code _} (but a leading {@code _}); every other byte of the
 * UTF-8 form becomes {@code =XX}. Tokens that would grow beyond 96 characters end in {@code =h} and a hash instead. The empty name
 * is {@code _empty}. All of these characters may stand in a key of a KV bucket too.
 */
public record Subjects(String namespace, String pipeline) {
    /** Where the server answers the operator, as a prefix. */
    public static final String OPERATOR_INBOX = "_INBOX_june_operator";

    private static final int MAX_TOKEN = 96;
    private static final String HASHED = "=h";

    public String utterances() {
        return prefix() + "utterance.>";
    }

    public String utterance(String room, String participant) {
        return prefix() + "utterance." + token(room) + "." + token(participant);
    }

    public String transcript(String kind, String room, String participant, String utteranceId) {
        return prefix() + kind + "." + token(room) + "." + token(participant) + "." + token(utteranceId);
    }

    public String finalOf(String room, String participant, String utteranceId) {
        return transcript("final", room, participant, utteranceId);
    }

    public String voidOf(String room, String participant, String utteranceId) {
        return transcript("void", room, participant, utteranceId);
    }

    /** A filter for the one message with which an utterance ends: its final or its void. */
    public String endOf(String room, String participant, String utteranceId) {
        return prefix() + "*." + token(room) + "." + token(participant) + "." + token(utteranceId);
    }

    public String partial(String room, String participant) {
        return prefix() + "partial." + token(room) + "." + token(participant);
    }

    public String dead(String stage, String room, String participant, String utteranceId) {
        return prefix() + "dead." + token(stage) + "." + token(room) + "." + token(participant) + "."
                + token(utteranceId);
    }

    /** A dead letter of a message whose subject ended like this. */
    public String deadOf(String stage, String tail) {
        return prefix() + "dead." + token(stage) + "." + tail;
    }

    /** A delivery to the webhook that waits for its next attempt. */
    public String retryOf(String tail) {
        return prefix() + "retry." + tail;
    }

    /** The same when its time has come. A dead letter of the webhook is replayed here. */
    public String dueOf(String tail) {
        return prefix() + "due." + tail;
    }

    /** Room, participant and utterance as they stand at the end of a subject. */
    public static String tail(String subject) {
        int from = subject.length();
        for (int token = 0; token < 3 && from > 0; token++) {
            from = subject.lastIndexOf('.', from - 1);
        }
        return subject.substring(from + 1);
    }

    public String finals() {
        return prefix() + "final.>";
    }

    public String voids() {
        return prefix() + "void.>";
    }

    public String partials() {
        return prefix() + "partial.>";
    }

    public String deadLetters() {
        return prefix() + "dead.>";
    }

    public String retries() {
        return prefix() + "retry.>";
    }

    public String dueRetries() {
        return prefix() + "due.>";
    }

    /** Core NATS: ids of traces that workers are to send although they were not drawn. */
    public String keptTraces() {
        return prefix() + "trace";
    }

    public String utterancesStream() {
        return stream() + "_UTTERANCES";
    }

    public String transcriptsStream() {
        return stream() + "_TRANSCRIPTS";
    }

    public String deadLettersStream() {
        return stream() + "_DEADLETTERS";
    }

    public String retryStream() {
        return stream() + "_RETRY";
    }

    /** The KV bucket with the keys of {@link Keys}. */
    public String bucket() {
        return stream();
    }

    /** The durable consumer of the UTTERANCES stream, shared by the pool. */
    public String decoders() {
        return "decoders";
    }

    /** The durable consumers of the webhook, of the TRANSCRIPTS and of the RETRY stream, shared by the pool. */
    public String webhook() {
        return "webhook";
    }

    /**
     * Where the server answers one kind of client of this pipeline, as a prefix: with a shared one, whoever may listen for his own answers
     * would hear everybody's.
     */
    public String inbox(String role) {
        return "_INBOX_june." + token(namespace) + "." + token(pipeline) + "." + role;
    }

    /** One subject token for any name. */
    public static String token(String name) {
        if (name.isEmpty()) {
            return "_empty";
        }
        StringBuilder out = new StringBuilder(name.length() + 8);
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b >= 'a' && b <= 'z'
                    || b >= 'A' && b <= 'Z'
                    || b >= '0' && b <= '9'
                    || b == '-'
                    || b == '_' && !out.isEmpty();
            if (plain) {
                out.append((char) b);
            } else {
                out.append('=').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        if (out.length() <= MAX_TOKEN) {
            return out.toString();
        }
        String hash = HexFormat.of().formatHex(sha256(name), 0, 16);
        return out.substring(0, MAX_TOKEN - hash.length() - HASHED.length()) + HASHED + hash;
    }

    private String prefix() {
        return "stt.v1." + token(namespace) + "." + token(pipeline) + ".";
    }

    private String stream() {
        return "STT_" + namespace + "_" + pipeline;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
